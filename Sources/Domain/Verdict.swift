/// Detection's answer about one page.
public struct Verdict: Hashable, Sendable {
    public enum Decision: Hashable, Sendable {
        /// The bytes are those of last time; nothing was parsed.
        case sameBytes
        /// The text that counts is that of last time.
        case sameText
        /// The text that counts is new; here is the text to keep, UTF-8 with `\n` between lines.
        case changed(text: [UInt8])
        /// A trigger or forbidden text holds the change back; the text is kept only as a first snapshot.
        case blocked(text: [UInt8])
    }

    public var decision: Decision
    public var pageChecksum: Checksum
    /// nil when the bytes are those of last time.
    public var textChecksum: Checksum?
    public var title: String?
    /// To be kept as the whole text of the last check that counted; nil leaves it.
    public var lastText: [UInt8]?
    /// The change stands only if one of the text's lines was never shown before; says how lines are named.
    public var wantsUniqueLines = false
    public var ignoresWhitespace = true
    /// What the shop says now; nil when nobody asked.
    public var offer: Offer?
    /// To be kept beside the snapshot.
    public var picture: Picture?
    /// The page gives a price for machines; nil when nobody looked.
    public var hasPriceData: Bool?

    public init(decision: Decision, pageChecksum: Checksum, textChecksum: Checksum? = nil, title: String? = nil) {
        self.decision = decision
        self.pageChecksum = pageChecksum
        self.textChecksum = textChecksum
        self.title = title
    }

    /// How many bytes of texts and pictures it carries.
    var contentBytes: Int {
        let text =
            switch decision {
            case .changed(let text), .blocked(let text): text.count
            case .sameBytes, .sameText: 0
            }
        return text + (lastText?.count ?? 0) + (picture?.bytes.count ?? 0)
    }
}

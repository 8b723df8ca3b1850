/// What a form's fields hold, as they were typed, so that a mistake can be shown where it was made.
public struct FormValues: Hashable, Sendable {
    private let texts: [String: String]
    /// The boxes that are ticked.
    public let flags: Set<String>

    public init(texts: [String: String], flags: Set<String>) {
        self.texts = texts
        self.flags = flags
    }

    /// What a browser sent; a box that is not ticked is not sent.
    init(_ body: FormBody, texts: [String], flags: [String]) {
        self.init(
            texts: Dictionary(texts.map { ($0, body[$0] ?? "") }, uniquingKeysWith: { first, _ in first }),
            flags: Set(flags.filter { body[$0] != nil }))
    }

    public func text(_ name: String) -> String { texts[name] ?? "" }
}

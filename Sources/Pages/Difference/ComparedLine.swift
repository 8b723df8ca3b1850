/// One line of a comparison, as the diff page shows it.
public struct ComparedLine: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case same, removed, added, changed
        /// So many equal lines that are not there.
        case folded(Int)
    }

    public let kind: Kind
    /// From 1; nil for a line that is not there.
    public let oldLine: Int?
    public let newLine: Int?
    /// The line's words; only one side is needed for lines that are the same.
    public let old: [WordSpan]
    public let new: [WordSpan]
    /// Bytes at the line's end that are not in its words.
    public let oldCut: Int
    public let newCut: Int
    /// Where a line that has only moved stands on the other side; nil for others.
    public let movedLine: Int?

    public init(
        _ kind: Kind, oldLine: Int?, newLine: Int?, old: [WordSpan], new: [WordSpan], oldCut: Int = 0, newCut: Int = 0,
        movedLine: Int? = nil
    ) {
        self.kind = kind
        self.oldLine = oldLine
        self.newLine = newLine
        self.old = old
        self.new = new
        self.oldCut = oldCut
        self.newCut = newCut
        self.movedLine = movedLine
    }

    /// How many rows of the whole comparison it stands for.
    var count: Int { if case .folded(let lines) = kind { lines } else { 1 } }
}

/// A stretch of a line that did change or did not.
public struct WordSpan: Hashable, Sendable {
    /// UTF-8.
    public let text: ArraySlice<UInt8>
    public let isMarked: Bool

    public init(_ text: ArraySlice<UInt8>, isMarked: Bool) {
        self.text = text
        self.isMarked = isMarked
    }

    public init(_ text: String, isMarked: Bool = false) {
        self.init(ArraySlice(text.utf8), isMarked: isMarked)
    }
}

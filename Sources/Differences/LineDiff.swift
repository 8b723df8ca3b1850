/// Finds out which lines of one text another text does not have, and the other way round.
///
/// Lines are interned as numbers; what both ends share is set aside; lines that occur on one side only are differences
/// without a search; the rest is compared by Myers' algorithm in linear space ("An O(ND) Difference Algorithm and Its
/// Variations", 1986) with a cost cap, so that the time is bounded for any input: beyond the cap the difference is
/// right but may be longer than the shortest.
public struct LineDiff: Sendable {
    /// What counts as the same line.
    public struct Options: Hashable, Sendable {
        /// Blanks, tabs and carriage returns do not count.
        public var ignoreWhitespace = false
        /// Letters count in any case.
        public var ignoreCase = false

        public init(ignoreWhitespace: Bool = false, ignoreCase: Bool = false) {
            self.ignoreWhitespace = ignoreWhitespace
            self.ignoreCase = ignoreCase
        }
    }

    public let old: [UInt8]
    public let new: [UInt8]
    /// For every old line whether it is gone, for every new line whether it is added.
    let removed: [Bool]
    let added: [Bool]
    let oldLines: LineIndex
    let newLines: LineIndex

    public init(from old: [UInt8], to new: [UInt8], options: Options = Options()) {
        self.old = old
        self.new = new
        oldLines = LineIndex(old)
        newLines = LineIndex(new)
        var interner = LineInterner(options: options, capacity: oldLines.count + newLines.count)
        let (oldIDs, newIDs) = interner.intern(old, oldLines, new, newLines)
        (removed, added) = SequenceDiff.marks(oldIDs, newIDs, distinct: interner.count)
    }

    public var isEmpty: Bool { !removed.contains(true) && !added.contains(true) }
}

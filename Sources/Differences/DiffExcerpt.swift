/// As much of a difference as one page can show: bounded in rows, bytes and work, however large the texts are.
///
/// What does not fit is counted, not listed. Line numbers and totals are those of the whole texts.
public struct DiffExcerpt: Sendable {
    public struct Limits: Hashable, Sendable {
        public var rows = 20_000
        /// Text of all rows together.
        public var bytes = 2_000_000
        /// Longer lines are cut, at a whole character.
        public var lineBytes = 10_000
        /// Words are compared in lines up to this length, and in so many bytes altogether; other changed lines are
        /// marked whole.
        public var wordBytes = 5_000
        public var allWordBytes = 500_000
        /// Of each text so many lines are compared, after the lines that both begin with.
        public var comparedLines = 500_000
        /// Equal lines kept around each difference where a run is left out; nil lists every equal line.
        public var context: Int? = 3
        /// Equal lines further from a difference that are listed all the same, altogether.
        public var distantLines = 2_000
        /// With more lines removed or added it is not looked for those that have only moved.
        public var movedLines = 100_000

        public init() {}
    }

    public enum Part: Hashable, Sendable {
        /// `oldCut` and `newCut` bytes at the line's end are not in the row.
        case row(DiffRow, oldCut: Int, newCut: Int)
        /// So many equal lines, the first with these numbers.
        case folded(lines: Int, oldLine: Int, newLine: Int)
    }

    /// How many rows there are of each kind, listed or not.
    public struct Tally: Hashable, Sendable {
        public var added = 0
        public var removed = 0
        public var changed = 0
        /// Lines that stand elsewhere as they were, each counted once and neither as added nor as removed.
        public var moved = 0

        public init(added: Int = 0, removed: Int = 0, changed: Int = 0, moved: Int = 0) {
            self.added = added
            self.removed = removed
            self.changed = changed
            self.moved = moved
        }
    }

    /// The bytes that the rows' ranges stand for.
    public let old: [UInt8]
    public let new: [UInt8]
    public internal(set) var parts: [Part] = []
    public internal(set) var tally = Tally()
    /// Rows at the end that are not listed; beyond what was compared, lines of the longer text.
    public internal(set) var leftOut = 0

    init(old: [UInt8], new: [UInt8]) {
        self.old = old
        self.new = new
    }

    /// Compares two texts; equal ones have no parts.
    public static func of(_ old: [UInt8], _ new: [UInt8], _ limits: Limits = Limits()) -> DiffExcerpt {
        if old == new { return DiffExcerpt(old: [], new: []) }
        let lineCounts = (old: lines(old[...]), new: lines(new[...]))
        guard max(lineCounts.old, lineCounts.new) > limits.comparedLines else {
            return ExcerptWriter(LineDiff(from: old, to: new), limits).written()
        }
        let head = commonHead(old, new, keeping: limits.context ?? 3)
        let oldPart = prefix(old[head.bytes...], lines: limits.comparedLines)
        let newPart = prefix(new[head.bytes...], lines: limits.comparedLines)
        var writer = ExcerptWriter(
            LineDiff(from: Array(oldPart), to: Array(newPart)), limits, linesBefore: head.lines,
            isCut: oldPart.endIndex < old.count || newPart.endIndex < new.count)
        writer.leaveOut(
            max(lines(old[oldPart.endIndex...]) - 1, lines(new[newPart.endIndex...]) - 1))
        return writer.written()
    }

    /// Line ends and one.
    private static func lines(_ text: ArraySlice<UInt8>) -> Int {
        let bytes = text.span
        return bytes.indices.reduce(1) { $0 + (bytes[$1] == .lineEnd ? 1 : 0) }
    }

    /// Whole lines that both texts begin with, but for the last few.
    private static func commonHead(_ old: [UInt8], _ new: [UInt8], keeping context: Int) -> (bytes: Int, lines: Int) {
        var ends: [Int] = []
        var count = 0
        var index = 0
        while index < old.count, index < new.count, old[index] == new[index] {
            index += 1
            guard old[index - 1] == .lineEnd else { continue }
            count += 1
            ends.append(index)
            if ends.count > 2 * context + 2 { ends.removeFirst(context + 1) }
        }
        guard count > context else { return (0, 0) }
        return (ends[ends.count - 1 - context], count - context)
    }

    private static func prefix(_ text: ArraySlice<UInt8>, lines: Int) -> ArraySlice<UInt8> {
        var left = lines
        guard
            let end = text.firstIndex(where: { byte in
                if byte == .lineEnd { left -= 1 }
                return left == 0
            })
        else { return text }
        return text[text.startIndex..<end]
    }
}

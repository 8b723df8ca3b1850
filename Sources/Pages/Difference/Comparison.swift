import Differences

/// What is different between two texts, as far as a page shows it.
public struct Comparison: Sendable {
    /// From top to bottom; none when the texts are the same.
    public let lines: [ComparedLine]
    /// Lines of each kind, in the page or not.
    public let added: Int
    public let removed: Int
    public let changed: Int
    /// Lines that stand elsewhere as they were; neither added nor removed.
    public let moved: Int
    /// Lines beyond the last of `lines`.
    public let leftOut: Int

    var isEmpty: Bool { added + removed + changed + moved + leftOut == 0 }

    /// All there is to show.
    public init(lines: [ComparedLine] = []) {
        self.lines = lines
        added = lines.count { $0.kind == .added && $0.movedLine == nil }
        removed = lines.count { $0.kind == .removed && $0.movedLine == nil }
        changed = lines.count { $0.kind == .changed }
        moved = lines.count { $0.kind == .added && $0.movedLine != nil }
        leftOut = 0
    }

    /// Compares two texts, with equal lines far from a difference listed only where a page wants them all.
    ///
    /// Takes seconds for the largest texts. What it holds are copies of what it shows, so that keeping it does not keep
    /// the texts.
    init(old: [UInt8], new: [UInt8], folds: Bool) {
        var limits = DiffExcerpt.Limits()
        limits.rows = DiffTable.mostRows
        limits.context = folds ? DiffTable.context : nil
        limits.distantLines = DiffTable.mostHiddenLines
        let excerpt = DiffExcerpt.of(old, new, limits)
        lines = excerpt.parts.map { Self.line($0, excerpt) }
        added = excerpt.tally.added
        removed = excerpt.tally.removed
        changed = excerpt.tally.changed
        moved = excerpt.tally.moved
        leftOut = excerpt.leftOut
    }

    private static func line(_ part: DiffExcerpt.Part, _ excerpt: DiffExcerpt) -> ComparedLine {
        switch part {
        case .folded(let lines, let oldLine, let newLine):
            ComparedLine(.folded(lines), oldLine: oldLine, newLine: newLine, old: [], new: [])
        case .row(let row, let oldCut, let newCut):
            ComparedLine(
                kind(row.kind), oldLine: row.oldLine, newLine: row.newLine,
                old: row.kind == .same ? [] : spans(row.old, row.oldWords, of: excerpt.old),
                new: spans(row.new, row.newWords, of: excerpt.new), oldCut: oldCut, newCut: newCut,
                movedLine: row.movedLine)
        }
    }

    private static func kind(_ kind: DiffRow.Kind) -> ComparedLine.Kind {
        switch kind {
        case .same: .same
        case .removed: .removed
        case .added: .added
        case .changed: .changed
        }
    }

    private static func spans(_ line: Range<Int>, _ words: [DiffRow.Word], of text: [UInt8]) -> [WordSpan] {
        guard !line.isEmpty else { return [] }
        let copy = Array(text[line])
        guard !words.isEmpty else { return [WordSpan(copy[...], isMarked: false)] }
        return words.map { word in
            let range = (word.range.lowerBound - line.lowerBound)..<(word.range.upperBound - line.lowerBound)
            return WordSpan(copy[range], isMarked: word.isMarked)
        }
    }
}

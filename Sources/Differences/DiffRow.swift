/// One row of a difference, usable for a unified and for a side-by-side view.
public struct DiffRow: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case same, removed, added, changed }

    /// A part of a line that differs from the other side, or does not.
    public struct Word: Hashable, Sendable {
        /// Bytes in the whole text.
        public let range: Range<Int>
        public let isMarked: Bool
    }

    public let kind: Kind
    /// Line numbers from 1; nil on the side where there is no line.
    public let oldLine: Int?
    public let newLine: Int?
    /// The lines' bytes in the whole texts; empty where there is no line.
    public let old: Range<Int>
    public let new: Range<Int>
    /// The parts of both lines, in order and without gaps; empty unless `kind` is `.changed`.
    public let oldWords: [Word]
    public let newWords: [Word]
    /// The number, on the other side, of the line that a removed one was added as elsewhere, or an added one removed
    /// from; nil for lines that have not moved.
    public var movedLine: Int?

    public var isMoved: Bool { movedLine != nil }
}

/// A run of rows that are shown, or the number of equal lines that are folded away.
public enum DiffSection: Hashable, Sendable {
    case rows([DiffRow])
    case folded(Int)
}

extension LineDiff {
    /// All rows from top to bottom; a line that replaces another is one `.changed` row with its words compared.
    public func rows() -> [DiffRow] {
        var rows: [DiffRow] = []
        rows.reserveCapacity(max(removed.count, added.count))
        var pairs = LinePairs()
        let moves = LineMoves(self)
        var at = (old: 0, new: 0)
        while at.old < removed.count || at.new < added.count {
            let start = at
            while at.old < removed.count, removed[at.old] { at.old += 1 }
            while at.new < added.count, added[at.new] { at.new += 1 }
            if at == start {
                guard at.old < removed.count, at.new < added.count else { break }
                rows.append(same(at.old, at.new))
                at.old += 1
                at.new += 1
            } else {
                append(start.old..<at.old, start.new..<at.new, to: &rows, &pairs, moves)
            }
        }
        return rows
    }

    private func same(_ oldLine: Int, _ newLine: Int) -> DiffRow {
        DiffRow(
            kind: .same, oldLine: oldLine + 1, newLine: newLine + 1, old: oldLines.range(oldLine),
            new: newLines.range(newLine), oldWords: [], newWords: [])
    }

    /// Lines that replace lines stand beside each other; what is left over is removed or added.
    private func append(
        _ gone: Range<Int>, _ come: Range<Int>, to rows: inout [DiffRow], _ pairing: inout LinePairs,
        _ moves: LineMoves
    ) {
        for (oldLine, newLine) in pairing.pairs(gone, come, self) {
            let (gone, come) = (moves.newPlace(ofRemoved: oldLine), moves.oldPlace(ofAdded: newLine))
            if let oldLine, let newLine, gone != nil || come != nil {
                // A line that stands elsewhere now was not rewritten into the one that stands here.
                rows.append(single(oldLine, isOld: true, movedTo: gone))
                rows.append(single(newLine, isOld: false, movedTo: come))
                continue
            }
            let oldRange = oldLine.map(oldLines.range) ?? 0..<0
            let newRange = newLine.map(newLines.range) ?? 0..<0
            var parts: (old: [DiffRow.Word], new: [DiffRow.Word]) = ([], [])
            if oldLine != nil, newLine != nil { parts = WordDiff.compare(old, oldRange, new, newRange) }
            rows.append(
                DiffRow(
                    kind: oldLine == nil ? .added : newLine == nil ? .removed : .changed,
                    oldLine: oldLine.map { $0 + 1 },
                    newLine: newLine.map { $0 + 1 }, old: oldRange, new: newRange, oldWords: parts.old,
                    newWords: parts.new, movedLine: (gone ?? come).map { $0 + 1 }))
        }
    }

    private func single(_ line: Int, isOld: Bool, movedTo place: Int?) -> DiffRow {
        DiffRow(
            kind: isOld ? .removed : .added, oldLine: isOld ? line + 1 : nil, newLine: isOld ? nil : line + 1,
            old: isOld ? oldLines.range(line) : 0..<0, new: isOld ? 0..<0 : newLines.range(line), oldWords: [],
            newWords: [], movedLine: place.map { $0 + 1 })
    }

    /// The rows with long runs of equal lines folded away but for `context` lines around each difference.
    public func sections(context: Int) -> [DiffSection] {
        let rows = rows()
        let context = max(0, min(context, rows.count))
        var near = [Bool](repeating: false, count: rows.count)
        var until = -1
        for index in rows.indices where rows[index].kind != .same {
            for place in max(until + 1, index - context)...min(rows.count - 1, index + context) where place > until {
                near[place] = true
            }
            until = max(until, min(rows.count - 1, index + context))
        }
        var sections: [DiffSection] = []
        var index = 0
        while index < rows.count {
            let start = index
            let isShown = near[index]
            while index < rows.count, near[index] == isShown { index += 1 }
            sections.append(isShown ? .rows(Array(rows[start..<index])) : .folded(index - start))
        }
        return sections
    }
}

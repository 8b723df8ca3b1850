/// Walks over a difference from top to bottom and lists what the limits allow.
struct ExcerptWriter {
    private let diff: LineDiff
    private let limits: DiffExcerpt.Limits
    /// Equal lines before the compared texts begin.
    private let linesBefore: Int
    /// Something follows behind the compared texts.
    private let isCut: Bool
    private var excerpt: DiffExcerpt
    private var pairing = LinePairs()
    private let moves: LineMoves
    private var rows = 0
    private var bytes = 0
    private var wordBytes = 0
    private var distantLines = 0

    init(_ diff: LineDiff, _ limits: DiffExcerpt.Limits, linesBefore: Int = 0, isCut: Bool = false) {
        self.diff = diff
        self.limits = limits
        self.linesBefore = linesBefore
        self.isCut = isCut
        excerpt = DiffExcerpt(old: diff.old, new: diff.new)
        let different = max(diff.removed.count { $0 }, diff.added.count { $0 })
        moves = different > limits.movedLines ? LineMoves() : LineMoves(diff)
        if linesBefore > 0 { excerpt.parts.append(.folded(lines: linesBefore, oldLine: 1, newLine: 1)) }
    }

    private var isFull: Bool { rows >= limits.rows || bytes >= limits.bytes }

    mutating func leaveOut(_ rows: Int) {
        excerpt.leftOut += max(0, rows)
    }

    consuming func written() -> DiffExcerpt {
        walk()
        return excerpt
    }

    private mutating func walk() {
        let removed = diff.removed, added = diff.added
        var at = (old: 0, new: 0)
        while at.old < removed.count || at.new < added.count {
            let start = at
            while at.old < removed.count, removed[at.old] { at.old += 1 }
            while at.new < added.count, added[at.new] { at.new += 1 }
            if at != start {
                writeDifferent(start.old..<at.old, start.new..<at.new)
                continue
            }
            while at.old < removed.count, at.new < added.count, !removed[at.old], !added[at.new] {
                at.old += 1
                at.new += 1
            }
            guard at != start else { return }
            let isLast = !isCut && at.old == removed.count && at.new == added.count
            writeSame(
                start.old, start.new, at.old - start.old, isFirst: linesBefore == 0 && start == (0, 0), isLast: isLast)
        }
    }

    private mutating func writeSame(_ old: Int, _ new: Int, _ count: Int, isFirst: Bool, isLast: Bool) {
        guard let context = limits.context else { return writeSameRows(old, new, 0..<count) }
        let head = isFirst ? 0 : context
        let distant = count - head - (isLast ? 0 : context)
        if distant <= 0 || distantLines + distant <= limits.distantLines {
            distantLines += max(0, distant)
            return writeSameRows(old, new, 0..<count)
        }
        writeSameRows(old, new, 0..<head)
        guard !isFull else { return leaveOut(count - head) }
        excerpt.parts.append(
            .folded(lines: distant, oldLine: linesBefore + old + head + 1, newLine: linesBefore + new + head + 1))
        writeSameRows(old, new, (head + distant)..<count)
    }

    private mutating func writeSameRows(_ old: Int, _ new: Int, _ range: Range<Int>) {
        for index in range {
            guard !isFull else { return leaveOut(range.upperBound - index) }
            append(.same, old + index, new + index)
        }
    }

    /// Beyond what can be listed, lines are paired in order, which costs nothing.
    private mutating func writeDifferent(_ gone: Range<Int>, _ come: Range<Int>) {
        let room = isFull ? 0 : limits.rows - rows
        let listed = (gone: gone.prefix(room), come: come.prefix(room))
        for (old, new) in pairing.pairs(listed.gone, listed.come, diff) {
            let (gone, come) = (moves.newPlace(ofRemoved: old), moves.oldPlace(ofAdded: new))
            if old != nil, new != nil, gone == nil, come == nil {
                excerpt.tally.changed += 1
                list(.changed, old, new)
                continue
            }
            // A line that stands elsewhere now was not rewritten into the one that stands here.
            if old != nil {
                if gone == nil { excerpt.tally.removed += 1 }
                list(.removed, old, nil, moved: gone)
            }
            if new != nil {
                if come == nil { excerpt.tally.added += 1 } else { excerpt.tally.moved += 1 }
                list(.added, nil, new, moved: come)
            }
        }
        let rest = (gone: gone.count - listed.gone.count, come: come.count - listed.come.count)
        let both = min(rest.gone, rest.come)
        excerpt.tally.changed += both
        excerpt.tally.removed += rest.gone - both
        excerpt.tally.added += rest.come - both
        leaveOut(max(rest.gone, rest.come))
    }

    private mutating func list(_ kind: DiffRow.Kind, _ oldLine: Int?, _ newLine: Int?, moved: Int? = nil) {
        if isFull { leaveOut(1) } else { append(kind, oldLine, newLine, moved: moved) }
    }

    private mutating func append(_ kind: DiffRow.Kind, _ oldLine: Int?, _ newLine: Int?, moved: Int? = nil) {
        let whole = (old: oldLine.map(diff.oldLines.range) ?? 0..<0, new: newLine.map(diff.newLines.range) ?? 0..<0)
        let old = shortened(whole.old, of: diff.old), new = shortened(whole.new, of: diff.new)
        let words = kind == .changed ? words(whole.old, whole.new, old, new) : (old: [], new: [])
        let row = DiffRow(
            kind: kind, oldLine: oldLine.map { linesBefore + $0 + 1 }, newLine: newLine.map { linesBefore + $0 + 1 },
            old: old, new: new, oldWords: words.old, newWords: words.new, movedLine: moved.map { linesBefore + $0 + 1 })
        excerpt.parts.append(.row(row, oldCut: whole.old.count - old.count, newCut: whole.new.count - new.count))
        rows += 1
        bytes += kind == .same ? new.count : old.count + new.count
    }

    private func shortened(_ line: Range<Int>, of text: [UInt8]) -> Range<Int> {
        guard line.count > limits.lineBytes else { return line }
        var end = line.lowerBound + limits.lineBytes
        // Continuation bytes (RFC 3629 3) belong to the character before them, which has at most three.
        for _ in 0..<3 where end > line.lowerBound && text[end] & 0xC0 == 0x80 { end -= 1 }
        return line.lowerBound..<end
    }

    private mutating func words(
        _ wholeOld: Range<Int>, _ wholeNew: Range<Int>, _ old: Range<Int>, _ new: Range<Int>
    ) -> (old: [DiffRow.Word], new: [DiffRow.Word]) {
        let cost = wholeOld.count + wholeNew.count
        let isShort = max(wholeOld.count, wholeNew.count) <= limits.wordBytes
        guard isShort, wordBytes + cost <= limits.allWordBytes else {
            return ([DiffRow.Word(range: old, isMarked: true)], [DiffRow.Word(range: new, isMarked: true)])
        }
        wordBytes += cost
        return WordDiff.compare(diff.old, wholeOld, diff.new, wholeNew)
    }
}

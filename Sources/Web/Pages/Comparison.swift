import Detection

/// Compares two texts for the diff page: Detection's rows, with the bytes they stand for.
enum Comparison {
    static func lines(old: [UInt8], new: [UInt8]) -> [ComparedLine] {
        LineDiff(from: old, to: new).rows().map { row in
            ComparedLine(
                kind(row.kind), oldLine: row.oldLine, newLine: row.newLine, old: spans(row.old, row.oldWords, of: old),
                new: row.kind == .same ? [] : spans(row.new, row.newWords, of: new))
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
        guard !words.isEmpty else { return [WordSpan(text[line], isMarked: false)] }
        return words.map { WordSpan(text[$0.range], isMarked: $0.isMarked) }
    }
}

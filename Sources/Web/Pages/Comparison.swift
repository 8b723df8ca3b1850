import Foundation

/// Compares two texts for the diff page.
enum Comparison {
    static func lines(old: [UInt8], new: [UInt8]) -> [ComparedLine] {
        let before = split(old)
        let after = split(new)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [ComparedLine] = []
        var left = 0
        var right = 0
        while left < before.count || right < after.count {
            if removed.contains(left) {
                lines.append(
                    ComparedLine(
                        .removed, oldLine: left + 1, newLine: nil, old: [WordSpan(before[left], isMarked: false)],
                        new: []))
                left += 1
            } else if inserted.contains(right) {
                lines.append(
                    ComparedLine(
                        .added, oldLine: nil, newLine: right + 1, old: [],
                        new: [WordSpan(after[right], isMarked: false)]))
                right += 1
            } else {
                lines.append(
                    ComparedLine(
                        .same, oldLine: left + 1, newLine: right + 1, old: [],
                        new: [WordSpan(after[right], isMarked: false)]))
                left += 1
                right += 1
            }
        }
        return lines
    }

    private static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

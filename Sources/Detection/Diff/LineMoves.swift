/// Knows which removed lines were added elsewhere as they are; each is told as often as it stands on both sides.
struct LineMoves {
    /// Shorter lines stand in many places by chance.
    private static let leastLength = 4

    private var removed: [ArraySlice<UInt8>: Int] = [:]
    private var added: [ArraySlice<UInt8>: Int] = [:]

    init(_ diff: LineDiff) {
        for line in diff.removed.indices where diff.removed[line] {
            Self.count(diff.old[diff.oldLines.range(line)], &removed)
        }
        guard !removed.isEmpty else { return }
        for line in diff.added.indices where diff.added[line] {
            Self.count(diff.new[diff.newLines.range(line)], &added)
        }
        let both = removed.compactMap { line, count in added[line].map { (line, min(count, $0)) } }
        removed = Dictionary(uniqueKeysWithValues: both)
        added = removed
    }

    private static func count(_ line: ArraySlice<UInt8>, _ counts: inout [ArraySlice<UInt8>: Int]) {
        let line = Lines.trimmed(line)
        if line.count >= leastLength { counts[line, default: 0] += 1 }
    }

    mutating func takeRemoved(_ line: ArraySlice<UInt8>) -> Bool { Self.take(line, &removed) }

    mutating func takeAdded(_ line: ArraySlice<UInt8>) -> Bool { Self.take(line, &added) }

    private static func take(_ line: ArraySlice<UInt8>, _ counts: inout [ArraySlice<UInt8>: Int]) -> Bool {
        let line = Lines.trimmed(line)
        guard let count = counts[line], count > 0 else { return false }
        counts[line] = count - 1
        return true
    }
}

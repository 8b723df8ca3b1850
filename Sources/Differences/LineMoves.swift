/// Knows which removed lines were added elsewhere as they are, and where; each is told as often as it stands on both
/// sides.
struct LineMoves {
    /// Shorter lines stand in many places by chance.
    private static let leastLength = 4

    /// By the line's place on one side, its place on the other.
    private var newPlaces: [Int: Int] = [:]
    private var oldPlaces: [Int: Int] = [:]

    init() {}

    init(_ diff: LineDiff) {
        var gone: [ArraySlice<UInt8>: [Int]] = [:]
        for line in diff.removed.indices where diff.removed[line] {
            let text = Lines.trimmed(diff.old[diff.oldLines.range(line)])
            if text.count >= Self.leastLength { gone[text, default: []].append(line) }
        }
        guard !gone.isEmpty else { return }
        var taken: [ArraySlice<UInt8>: Int] = [:]
        for line in diff.added.indices where diff.added[line] {
            let text = Lines.trimmed(diff.new[diff.newLines.range(line)])
            guard let places = gone[text] else { continue }
            let next = taken[text, default: 0]
            guard next < places.count else { continue }
            taken[text] = next + 1
            newPlaces[places[next]] = line
            oldPlaces[line] = places[next]
        }
    }

    /// Where a removed line stands now; nil for one that is gone.
    func newPlace(ofRemoved line: Int?) -> Int? { line.flatMap { newPlaces[$0] } }

    /// Where an added line stood before; nil for one that is new.
    func oldPlace(ofAdded line: Int?) -> Int? { line.flatMap { oldPlaces[$0] } }
}

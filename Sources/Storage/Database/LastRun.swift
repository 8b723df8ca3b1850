import Foundation

/// What is remembered beside the database of how a run left it, so that the next start can tell when it finds another
/// one, an older one or none.
struct LastRun: Equatable, CustomStringConvertible {
    /// Bytes of a written one, whatever is in it.
    static let size = 160
    private static let form = "turnstone-run-1"

    var lineage: Lineage
    var watches: Int
    /// The run closed the database; else it was killed, or runs.
    var hasEnded: Bool

    init(lineage: Lineage, watches: Int, hasEnded: Bool) {
        self.lineage = lineage
        self.watches = watches
        self.hasEnded = hasEnded
    }

    /// Reads what `description` wrote; nil for anything else, such as the empty file of an earlier version.
    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 5, words[0] == Self.form, let lineage = Lineage("\(words[1]) \(words[2])"),
            let watches = Int(words[3])
        else { return nil }
        self.init(lineage: lineage, watches: watches, hasEnded: words[4] == "ended")
    }

    var description: String {
        let line = "\(Self.form) \(lineage) \(watches) \(hasEnded ? "ended" : "running")"
        return line.padding(toLength: Self.size - 1, withPad: " ", startingAt: 0) + "\n"
    }
}

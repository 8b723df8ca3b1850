import Domain
import Foundation
import Monitor
import WebCore

/// What settings that nobody has saved make of a version: the verdict with its steps, what differs, and the text.
public struct SettingsDryRun: Sendable {
    /// The text is shown up to here; all of it is to be had when the settings are saved.
    private static let mostLines = 200
    /// Differences are shown up to so many rows.
    private static let mostRows = 200

    let version: SnapshotVersion
    /// nil when the version's page is not kept any more.
    let trace: CheckTrace?
    /// What it was compared with, in words.
    let compared: String
    let text: [UInt8]?
    let comparison: Comparison

    init(version: SnapshotVersion, trace: CheckTrace?, compared: String, text: [UInt8]?, comparison: Comparison) {
        self.version = version
        self.trace = trace
        self.compared = compared
        self.text = text
        self.comparison = comparison
    }

    /// Compares the texts, which may take seconds.
    init(version: SnapshotVersion, _ explanation: Explanation?) {
        var comparison = Comparison()
        if let old = explanation?.textBefore, let new = explanation?.text {
            comparison = Comparison(old: old, new: new, folds: true)
        }
        self.init(
            version: version, trace: explanation?.trace, compared: explanation.map(Self.compared) ?? "",
            text: explanation?.text, comparison: comparison)
    }

    func fields(_ scene: Scene) -> Fields {
        let shown = Array(comparison.lines.prefix(Self.mostRows))
        let table = DiffTable(rows: shown, layout: .unified, folds: true, unfoldedPath: nil)
        let beginning = text.map(Self.beginning)
        let lines = beginning.map { TextLines($0) }
        let unseen = comparison.lines.dropFirst(shown.count).reduce(0) { $0 + $1.count }
        let leftOut = comparison.leftOut + table.leftOut(of: shown) + unseen
        return [
            "gone": .flag(trace == nil),
            "reason": trace.map {
                .group(
                    ReasonView(trace: $0, title: "Dry run on the version of", isOpen: true, isTrial: true).fields(scene)
                )
            } ?? .nothing,
            "compared": .text(compared),
            "has_changes": .flag(!comparison.isEmpty),
            "diff_rows": .markup(Markup(utf8: table.html)),
            "left_out": leftOut > 0 ? .text(Counts.grouped(leftOut)) : .nothing,
            "has_text": .flag(lines != nil),
            "lines": .markup(lines?.markup ?? Markup("")),
            "is_cut": .flag(beginning?.count != text?.count),
        ]
    }

    private static func compared(_ explanation: Explanation) -> String {
        guard let before = explanation.before else {
            return "This is the first version, so there is nothing to compare it with."
        }
        let moment = Moments.exact(Date(timeIntervalSince1970: TimeInterval(before.seconds)))
        let kept =
            explanation.beforeIsTextOnly ? ", of which only the text is stored, with the filters of that time" : ""
        return "Compared with the version of \(moment)\(kept)."
    }

    private static func beginning(of text: [UInt8]) -> [UInt8] {
        var count = 0
        for (place, byte) in text.enumerated() where byte == UInt8(ascii: "\n") {
            count += 1
            if count == mostLines { return Array(text[..<place]) }
        }
        return text
    }
}

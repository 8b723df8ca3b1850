import Domain
import Foundation
import WebCore

/// The newest checks of a watch as bars, oldest on the left: the colour says how each ended, the height how long it
/// took.
///
/// One SVG path per result keeps a row small: fifty rows show a thousand checks. The page's script draws the same bars
/// from `recent`.
enum CheckBars {
    /// Width and height of the drawing; a bar has `step` of it.
    static let width = step * WatchRow.recentChecks
    static let height = 20
    private static let step = 6
    /// A check of this many milliseconds or less has the lowest bar, and each tenfold adds `heightPerTenfold`.
    private static let lowestMilliseconds = 50.0
    private static let lowestHeight = 6.0
    private static let heightPerTenfold = 5.4
    /// Changes and failures stand out however quick they were.
    private static let lowestNotable = 14

    /// The paths of the drawing.
    static func markup(_ recent: [RecentCheck]) -> Markup {
        let shown = recent.suffix(WatchRow.recentChecks)
        let free = WatchRow.recentChecks - shown.count
        var html = ""
        if free > 0 {
            html += "<path class=\"b-none\" d=\"\((0..<free).map { "M\(left($0)) \(height)v-2" }.joined())\"/>"
        }
        for result in CheckResult.allCases {
            var path = ""
            for (index, check) in shown.enumerated() where check.result == result {
                path += bar(check, at: left(free + index))
            }
            if !path.isEmpty { html += "<path class=\"b-\(result.name)\" d=\"\(path)\"/>" }
        }
        return Markup(html)
    }

    /// The same in words, for who does not see it.
    static func words(_ recent: [RecentCheck]) -> String {
        guard !recent.isEmpty else { return "No checks yet" }
        let shown = recent.suffix(WatchRow.recentChecks)
        let parts = CheckResult.allCases.compactMap { result -> String? in
            let count = shown.count { $0.result == result }
            return count == 0 ? nil : "\(count) \(result.name)"
        }
        return "Last \(shown.count == 1 ? "check" : "\(shown.count) checks"): \(parts.joined(separator: ", "))"
    }

    /// One bar, drawn as a stroke from the ground up; a failed one has a gap below its head, so that it is told apart
    /// without colours.
    private static func bar(_ check: RecentCheck, at left: Int) -> String {
        let full = barHeight(check)
        guard check.result == .failed else { return "M\(left) \(height)v-\(full)" }
        return "M\(left) \(height)v-\(full - 6)m0-2v-4"
    }

    static func barHeight(_ check: RecentCheck) -> Int {
        let milliseconds = max(lowestMilliseconds, Double(check.duration.milliseconds))
        let grown = lowestHeight + heightPerTenfold * log10(milliseconds / lowestMilliseconds)
        let height = min(Self.height, Int(grown.rounded()))
        return check.result == .changed || check.result == .failed ? max(lowestNotable, height) : height
    }

    /// The middle of a bar's stroke.
    private static func left(_ index: Int) -> Int {
        index * step + 2
    }
}

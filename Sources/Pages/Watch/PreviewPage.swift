public import Domain
import Foundation
public import Storage
public import WebCore

/// One watch: the text that is compared, in any of its versions, and how its checks went.
public struct PreviewPage: PageView {
    public static let template = "pages/preview"

    public var row: WatchRow
    public var activity: RowActivity
    public var tags: [Tag]
    /// How often it is checked, in seconds.
    public var intervalSeconds: Int
    /// Newest first.
    public var versions: [SnapshotVersion]
    public var chosen: SnapshotVersion?
    /// The chosen version's text, UTF-8; nil before the first snapshot.
    public var text: [UInt8]?
    /// Newest first.
    public var checks: [CheckRecord]
    public var notice: Notice?
    /// The chosen version is a picture, or was one of which the description is left.
    public var pictureState: PictureState?
    /// Of how many of the newest versions pictures are kept.
    public var picturesKept = 0
    /// What a shop said, oldest first, and in a few numbers; nil for what is no shop.
    public var prices: (points: [PricePoint], summary: PriceSummary)?
    /// Why the newest check, or the one that is asked for, told a change or not.
    public var reason: CheckTrace?
    /// A check is asked for that need not be the newest.
    public var asksForCheck = false
    /// How the chosen version came about.
    public var versionReason: CheckTrace?
    /// The page gives a price for machines and nobody has said yet whether to follow it.
    public var offersPrice = false

    public init(
        row: WatchRow, activity: RowActivity = .idle, tags: [Tag] = [], intervalSeconds: Int,
        versions: [SnapshotVersion] = [], chosen: SnapshotVersion? = nil, text: [UInt8]? = nil,
        checks: [CheckRecord] = [],
        notice: Notice? = nil
    ) {
        self.row = row
        self.activity = activity
        self.tags = tags
        self.intervalSeconds = intervalSeconds
        self.versions = versions
        self.chosen = chosen
        self.text = text
        self.checks = checks
        self.notice = notice
    }

    public func fields(_ scene: Scene) -> Fields {
        let head = WatchHead(row: row, activity: activity, tags: tags, current: .preview)
        let lines = text.map { TextLines($0) }
        let (older, newer) = VersionChoices.neighbours(of: chosen, in: versions)
        func link(_ version: SnapshotVersion?) -> Field {
            version.map { .text(scene.path("/watch/\(row.id)?version=\($0)")) } ?? .nothing
        }
        return head.fields(scene).merging([
            "notice": Notice.field(notice),
            "interval": .text(Self.words(seconds: intervalSeconds)),
            "snapshots": .text(Counts.grouped(row.historyCount)),
            "action": .text(scene.path("/watch/\(row.id)")),
            "versions": VersionChoices.options(versions, chosen: chosen),
            "has_versions": .flag(!versions.isEmpty),
            "older": link(older), "newer": link(newer),
            "has_text": .flag(text != nil),
            "lines": .markup(lines?.markup ?? Markup("")),
            "line_count": .text(Counts.grouped(lines?.count ?? 0)),
            "picture": pictureAddress(scene),
            "picture_gone": pictureState == .letGo ? .text(Counts.grouped(picturesKept)) : .nothing,
            "prices": prices.map {
                PriceChart(points: $0.points, summary: $0.summary).field(now: scene.frame.now)
            } ?? .nothing,
            "offers_price": .flag(offersPrice),
            "reason": reason.map { .group(reasonView(of: $0).fields(scene)) } ?? .nothing,
            "newest_check": asksForCheck ? .text(scene.path("/watch/\(row.id)")) : .nothing,
            "version_reason": versionReasonField(scene),
            "cut": lines.flatMap { $0.isCut ? .text(Counts.grouped($0.shown)) : nil } ?? .nothing,
            "checks": .list(CheckTable(checks, of: row.id).fields(scene)),
            "has_checks": .flag(!checks.isEmpty),
        ])
    }

    private func reasonView(of trace: CheckTrace) -> ReasonView {
        asksForCheck ? ReasonView(trace: trace, title: "This check", isOpen: true) : .newest(trace)
    }

    /// Left out where it is what stands above already.
    private func versionReasonField(_ scene: Scene) -> Field {
        guard let versionReason, versionReason.version != reason?.version else { return .nothing }
        return .group(ReasonView(trace: versionReason, title: "This version").fields(scene))
    }

    private func pictureAddress(_ scene: Scene) -> Field {
        guard pictureState == .kept, let chosen else { return .nothing }
        return .text(scene.path("/watch/\(row.id)/picture/\(chosen)"))
    }

    /// `every 3 hours`, `every 1 day 12 hours`: at most the two largest units.
    static func words(seconds: Int) -> String {
        let units = [(604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")]
        var rest = max(0, seconds)
        var parts: [String] = []
        for (length, name) in units where rest >= length && parts.count < 2 {
            let count = rest / length
            parts.append("\(Counts.grouped(count)) \(name)\(count == 1 ? "" : "s")")
            rest %= length
        }
        return parts.isEmpty ? "continuously" : "every \(parts.joined(separator: " "))"
    }
}

/// A snapshot's text as a numbered list, put together byte by byte: a text may have a hundred thousand lines.
struct TextLines {
    /// Beyond these a browser gets slow, and a person does not read on.
    static let mostLines = 20_000
    static let mostBytes = 4_000_000
    /// Longer lines are cut, and say so.
    static let mostLineBytes = 200_000

    let markup: Markup
    /// Lines of the whole text.
    let count: Int
    let shown: Int
    var isCut: Bool { shown < count }

    init(_ text: [UInt8]) {
        var html: [UInt8] = []
        var shown = 0
        var start = 0
        // A line end at the text's end begins no line.
        let end = text.last == UInt8(ascii: "\n") ? text.count - 1 : text.count
        while text.count > 0, start <= end, shown < Self.mostLines, html.count < Self.mostBytes {
            let newline = text[start..<end].firstIndex(of: UInt8(ascii: "\n")) ?? end
            let line = Self.shortened(text[start..<newline])
            html += "<li>".utf8
            HTMLEscaping.append(line, to: &html)
            if line.endIndex < newline {
                html += DiffTable.cutMark(newline - line.endIndex).utf8
            }
            html.append(UInt8(ascii: "\n"))
            shown += 1
            start = newline + 1
        }
        markup = Markup(utf8: html)
        let rest =
            start <= end && !text.isEmpty ? text[start..<end].reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) } : 0
        count = shown + rest
        self.shown = shown
    }

    /// At a whole character: continuation bytes (RFC 3629 3) belong to the one before them.
    private static func shortened(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard line.count > mostLineBytes else { return line }
        var end = line.startIndex + mostLineBytes
        for _ in 0..<3 where line[end] & 0xC0 == 0x80 { end -= 1 }
        return line[..<end]
    }
}

/// The newest checks as rows of a table, each with a bar for how long it took.
struct CheckTable {
    private static let barWidth = 80.0

    let checks: [CheckRecord]
    let watch: WatchID

    init(_ checks: [CheckRecord], of watch: WatchID) {
        self.checks = checks
        self.watch = watch
    }

    func fields(_ scene: Scene) -> [Fields] {
        let longest = max(1, checks.map(\.duration.milliseconds).max() ?? 1)
        return checks.map { check in
            let share = Double(check.duration.milliseconds) / Double(longest)
            return [
                "when": Moments.field(check.startedAt, now: scene.frame.now),
                "href": .text(scene.path("/watch/\(watch)?check=\(check.number)")),
                "result": .text(check.result.name), "word": .text(Self.word(check.result)),
                "status": .text(check.status.map(String.init) ?? "–"),
                "took": .text(Moments.duration(check.duration)),
                "bar": .number(max(1, Int((share * Self.barWidth).rounded()))),
                "size": .text(Self.size(check.byteCount)),
                "why": .optional(check.failure?.message),
            ]
        }
    }

    private static func word(_ result: CheckResult) -> String {
        switch result {
        case .unchanged: "Unchanged"
        case .changed: "Changed"
        case .failed: "Failed"
        case .first: "First version"
        }
    }

    /// `0 B`, `812 B`, `4.2 kB`, `1.3 MB`.
    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1_000: return "\(max(0, bytes)) B"
        case ..<1_000_000: return "\(bytes / 1_000).\(bytes % 1_000 / 100) kB"
        default: return "\(bytes / 1_000_000).\(bytes % 1_000_000 / 100_000) MB"
        }
    }
}

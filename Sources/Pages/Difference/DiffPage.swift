public import Domain
import Foundation
public import WebCore

/// What is different between two versions of a watch's text.
public struct DiffPage: PageView {
    public static let template = "pages/diff"

    public var row: WatchRow
    public var activity: RowActivity
    public var tags: [Tag]
    /// Newest first.
    public var versions: [SnapshotVersion]
    public var from: SnapshotVersion?
    public var to: SnapshotVersion?
    /// Empty when there are not two versions, or when they have the same text.
    public var comparison: Comparison
    public var isSplit: Bool
    public var folds: Bool
    public var notice: Notice?
    /// How the version that is compared came about.
    public var reason: CheckTrace?
    /// Both versions are pictures: what differs in percent, or why that cannot be told.
    public var pictures: PictureWords?

    public init(
        row: WatchRow, activity: RowActivity = .idle, tags: [Tag] = [], versions: [SnapshotVersion] = [],
        from: SnapshotVersion? = nil, to: SnapshotVersion? = nil, comparison: Comparison = Comparison(),
        isSplit: Bool = false,
        folds: Bool = true, notice: Notice? = nil
    ) {
        self.row = row
        self.activity = activity
        self.tags = tags
        self.versions = versions
        self.from = from
        self.to = to
        self.comparison = comparison
        self.isSplit = isSplit
        self.folds = folds
        self.notice = notice
    }

    public func fields(_ scene: Scene) -> Fields {
        let head = WatchHead(row: row, activity: activity, tags: tags, current: .changes)
        let table = DiffTable(
            rows: comparison.lines, layout: isSplit ? .split : .unified, folds: folds,
            unfoldedPath: link(scene, folds: false))
        let leftOut = comparison.leftOut + table.leftOut(of: comparison.lines)
        let (older, newer) = VersionChoices.neighbours(of: to, in: versions)
        return head.fields(scene).merging([
            "notice": Notice.field(notice),
            "action": .text(scene.path("/diff/\(row.id)")),
            "from_versions": VersionChoices.options(versions, chosen: from),
            "to_versions": VersionChoices.options(versions, chosen: to),
            "has_two": .flag(versions.count >= 2),
            "split": .flag(isSplit),
            "unified_href": .text(link(scene, split: false)), "split_href": .text(link(scene, split: true)),
            "added": .number(comparison.added), "removed": .number(comparison.removed),
            "changed": .number(comparison.changed),
            "moved": comparison.moved > 0 ? .number(comparison.moved) : .nothing,
            // Of pictures the text is their size in bytes and checksum: that it differs says nothing.
            "has_changes": .flag(pictures == nil && !comparison.isEmpty), "has_text": .flag(pictures == nil),
            "changes": .number(table.changes),
            "differences": .text(table.changes == 1 ? "1 difference" : "\(Counts.grouped(table.changes)) differences"),
            "folded": .flag(folds),
            "folding_href": .text(link(scene, folds: !folds)),
            "diff_rows": .markup(Markup(utf8: table.html)),
            "left_out": leftOut > 0 ? .text(Counts.grouped(leftOut)) : .nothing,
            "pictures": pictureFields(scene),
            "reason": reason.map { .group(ReasonView(trace: $0, title: "This version").fields(scene)) } ?? .nothing,
            "older_change": step(to: older, scene), "newer_change": step(to: newer, scene),
        ])
    }

    private func pictureFields(_ scene: Scene) -> Field {
        guard let pictures, let from, let to else { return .nothing }
        let watch = scene.path("/watch/\(row.id)/picture/")
        return .group([
            "words": .text(pictures.words),
            "before": pictures.hasBefore ? .text(watch + from.description) : .nothing,
            "after": pictures.hasAfter ? .text(watch + to.description) : .nothing,
            "difference": pictures.hasDifference
                ? .text(scene.path("/diff/\(row.id)/picture?from_version=\(from)&to_version=\(to)")) : .nothing,
        ])
    }

    /// Shows what changed when `version` was taken: it, compared with the one before it.
    private func step(to version: SnapshotVersion?, _ scene: Scene) -> Field {
        guard let version, let before = VersionChoices.neighbours(of: version, in: versions).older else {
            return .nothing
        }
        return .text(link(scene, from: before, to: version))
    }

    private func link(
        _ scene: Scene, from: SnapshotVersion? = nil, to: SnapshotVersion? = nil, split: Bool? = nil, folds: Bool? = nil
    ) -> String {
        var parameters: [String] = []
        if let from = from ?? self.from { parameters.append("from_version=\(from)") }
        if let to = to ?? self.to { parameters.append("to_version=\(to)") }
        if split ?? isSplit { parameters.append("view=split") }
        if !(folds ?? self.folds) { parameters.append("fold=no") }
        return scene.path("/diff/\(row.id)") + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }
}

/// How two pictures differ, in words for the page.
public struct PictureWords: Hashable, Sendable {
    public let words: String
    /// There is a picture of the difference.
    public let hasDifference: Bool
    public let hasBefore: Bool
    public let hasAfter: Bool

    public init(percent: Double) {
        words = "\(String(format: "%.2f", percent))% of the pixels differ."
        (hasDifference, hasBefore, hasAfter) = (true, true, true)
    }

    public init(failure: CheckFailure) {
        words = failure.message
        (hasDifference, hasBefore, hasAfter) = (false, true, true)
    }

    /// One of the pictures, or both, have been let go.
    public init(hasBefore: Bool, hasAfter: Bool, kept: Int) {
        let which = hasBefore ? "The image after" : hasAfter ? "The image before" : "Neither image"
        let verb = hasBefore || hasAfter ? "is not" : "is"
        words =
            "\(which) \(verb) stored any more, so there is nothing to compare: only the newest \(Counts.grouped(kept)) versions keep their images."
        (hasDifference, self.hasBefore, self.hasAfter) = (false, hasBefore, hasAfter)
    }
}

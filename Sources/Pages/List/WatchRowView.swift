import Domain
import Foundation
import WebCore

/// One row of the list: a watch with all that is live about it.
struct WatchRowView {
    static let template = "partials/row"

    let row: WatchRow
    let activity: RowActivity
    let tags: [Tag]

    func fields(_ scene: Scene) -> Fields {
        let state = RowState(row, activity)
        let now = scene.frame.now
        let uuid = row.id.description
        return [
            "base": .text(scene.base),
            "uuid": .text(uuid),
            "kind": .text(state.kind.rawValue),
            "word": .text(state.word),
            "detail": .text(state.detail),
            "unread": .flag(row.isUnviewed),
            "paused": .flag(row.paused),
            "label": .text(Addresses.label(row.label, url: row.url)),
            "href": .text(scene.path(row.historyCount >= 2 ? "/diff/\(uuid)" : "/watch/\(uuid)")),
            "link": .optional(Addresses.link(row.url, instead: row.linkToOpen)),
            "address": .text(Addresses.short(row.url)),
            "tags": .list(
                tags.map { ["title": .text($0.title), "swatch": .optional($0.colour?.description)] }),
            "why": .text(row.lastFailure?.message ?? ""),
            "rest": .text(row.rest(at: now) ?? ""),
            "newest": .text(row.newestVersion?.description ?? ""),
            "history_count": .number(row.historyCount),
            "watch_href": .text(scene.path("/watch/\(uuid)")),
            "changes_href": .text(scene.path("/diff/\(uuid)")),
            "bars": .markup(CheckBars.markup(row.recent)),
            "bars_words": .text(CheckBars.words(row.recent)),
            "checked": Moments.field(row.lastChecked, now: now),
            "changed": Moments.field(row.lastChanged, now: now),
            "next": Moments.field(row.paused ? nil : row.nextDue?.unlessNever.map { max($0, now) }, now: now),
        ]
    }
}

import Domain
import Foundation
import Monitor
import WebCore

/// Writes one watch as clients see it: the fields of the incumbent's `watch_update`, and more.
///
/// Where the incumbent sends HTML and times worded in the server's language, ours sends plain text and seconds; the
/// worded forms stay for clients that want them.
enum WatchUpdate {
    static func write(
        _ row: WatchRow, tags: [TagID: Tag], place: QueuePlace?, step: CheckStep?, now: Date,
        to json: inout JSONWriter
    ) {
        let isRunning = if case .running = place { true } else { false }
        json.object { json in
            json.field("uuid", row.id.description)
            json.field("url", Addresses.open(row.url))
            json.field("link", Addresses.link(row.url, instead: row.linkToOpen))
            json.field("address", Addresses.short(row.url))
            writeTags(row.tags, tags, to: &json)
            json.field("title", Addresses.label(row.label, url: row.url))
            json.field("state", isRunning ? "checking" : place == .waiting ? "queued" : "idle")
            json.field("step", isRunning ? (step ?? .fetching).rawValue : nil)
            json.field("checking_now", isRunning)
            json.field("queued", place == .waiting || place == .running(again: true))
            json.field("paused", row.paused)
            json.field("notification_muted", row.notificationMuted)
            json.field("unviewed", row.isUnviewed)
            json.field("has_error", row.lastFailure != nil)
            json.field("error_text", row.lastFailure?.message ?? "")
            json.field("error_code", row.lastFailure?.code.rawValue)
            // Whole milliseconds, as the page shows them: rounding here and cutting there would make one row say two
            // things.
            json.field("fetch_time", Double(row.lastDuration.milliseconds) / 1000)
            json.field("history_n", row.historyCount)
            json.field("last_checked", seconds(row.lastChecked) ?? 0)
            json.field("last_changed", seconds(row.lastChanged) ?? 0)
            json.field("last_checked_text", RelativeTime.text(row.lastChecked, now: now))
            json.field("last_changed_text", RelativeTime.text(row.lastChanged, now: now))
            writeOptional("next_check", seconds(row.nextDue?.unlessNever), to: &json)
            json.field("rests", row.rest(at: now))
            json.field("result", row.recent.last?.result.name)
            writeOptional("newest_version", row.newestVersion?.seconds, to: &json)
            writeOptional("last_status", row.lastStatus.map(Int64.init), to: &json)
            json.field("has_favicon", false)
            writeRecent(row.recent, to: &json)
            json.field("event_timestamp", now.timeIntervalSince1970)
        }
    }

    private static func writeTags(_ ids: [TagID], _ tags: [TagID: Tag], to json: inout JSONWriter) {
        json.key("tags")
        json.array { json in
            for id in ids {
                guard let tag = tags[id] else { continue }
                json.object { json in
                    json.field("uuid", id.description)
                    json.field("title", tag.title)
                    json.field("colour", tag.colour?.description)
                }
            }
        }
    }

    private static func writeRecent(_ recent: [RecentCheck], to json: inout JSONWriter) {
        json.key("recent")
        json.array { json in
            for check in recent {
                json.array { json in
                    json.string(check.result.name)
                    json.number(Int64(check.startedAt.timeIntervalSince1970))
                    json.number(check.duration.milliseconds)
                }
            }
        }
    }

    private static func writeOptional(_ name: String, _ value: Int64?, to json: inout JSONWriter) {
        json.key(name)
        if let value { json.number(value) } else { json.null() }
    }

    private static func seconds(_ date: Date?) -> Int64? {
        date.map { Int64($0.timeIntervalSince1970) }
    }
}

/// How long ago something was, in English, as a person would say it.
enum RelativeTime {
    static func text(_ date: Date?, now: Date) -> String {
        guard let date else { return "Not yet" }
        let age = Int(now.timeIntervalSince(date))
        if age < 2 { return "Just now" }
        let units = [
            (31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"),
        ]
        guard let (length, name) = units.first(where: { age >= $0.0 }) else { return "Just now" }
        let count = age / length
        return "\(count) \(name)\(count == 1 ? "" : "s") ago"
    }
}

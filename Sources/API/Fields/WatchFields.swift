import Domain
import Foundation
import WebCore

/// The fields of a watch: its settings, what else a person may say of it, and what checks have found.
///
/// Names, types and which are read-only: the incumbent's API specification (WatchBase).
enum WatchFields {
    static let fields = APIFields(
        identity + APIField.settings(SettingsTable.watch.map { $0.lifted(to: \Watch.settings) }) + aliases + found)

    private static let identity: [APIField<Watch>] = [
        APIField(
            "url", read: { .string($0.url) },
            write: { watch, value throws(FieldError) in watch.url = try FieldValue.text(value, "url") ?? "" }),
        APIField(
            "title", read: { $0.title.map(JSONValue.string) ?? .null },
            write: { watch, value throws(FieldError) in
                let title = try FieldValue.text(value, "title")
                watch.title = title == "" ? nil : title
            }),
        APIField(
            "tags", read: { .array($0.tags.map { .string($0.description) }) },
            write: { watch, value throws(FieldError) in watch.tags = try FieldValue.tags(value) }),
        APIField(
            "paused", read: { .bool($0.paused) },
            write: { watch, value throws(FieldError) in watch.paused = try FieldValue.flag(value, "paused") }),
        APIField(
            "notification_muted", read: { .bool($0.notificationMuted) },
            write: { watch, value throws(FieldError) in
                watch.notificationMuted = try FieldValue.flag(value, "notification_muted")
            }),
    ]

    /// What older programs call by another name.
    private static let aliases: [APIField<Watch>] = [
        APIField(
            "in_stock_only", read: { .bool($0.settings.restock.stock == .inStockOnly) },
            write: { watch, value throws(FieldError) in
                guard value != .null, let isOnly = try SettingJSON.bool(value, "in_stock_only") else { return }
                let stock = watch.settings.restock.stock
                watch.settings.restock.stock = isOnly ? .inStockOnly : stock == .inStockOnly ? .allChanges : stock
            })
    ]

    /// What checks have found; sent back by programs that change what they read, and then ignored, but for what a
    /// person has seen (UpdateWatch of the specification).
    private static let found: [APIField<Watch>] = [
        APIField("uuid", read: { .string($0.id.description) }),
        APIField("date_created", read: { FieldValue.seconds($0.createdAt) }),
        APIField("last_checked", read: { FieldValue.seconds($0.state.lastChecked) }),
        APIField("last_changed", read: { FieldValue.seconds($0.state.lastChanged) }),
        APIField(
            "last_viewed", read: { .integer(Int($0.state.lastViewed.seconds)) },
            write: { watch, value throws(FieldError) in
                watch.state.lastViewed = try FieldValue.version(value, "last_viewed")
            }),
        APIField("last_error", read: { $0.state.lastFailure.map { .string($0.message) } ?? .bool(false) }),
        APIField("last_error_code", read: { $0.state.lastFailure.map { .string($0.code.rawValue) } ?? .null }),
        APIField("consecutive_filter_failures", read: { .integer($0.state.consecutiveFilterFailures) }),
        APIField("check_count", read: { .integer($0.state.checkCount) }),
        APIField("fetch_time", read: { .number($0.state.lastDuration.seconds) }),
        APIField("history_n", read: { .integer($0.state.historyCount) }),
        APIField("viewed", read: { .bool(!$0.state.isUnviewed) }),
        APIField("page_title", read: { $0.state.pageTitle.map(JSONValue.string) ?? .null }),
        APIField("content-type", read: { $0.state.contentType.map(JSONValue.string) ?? .null }),
        APIField("link", read: { .string(Addresses.whole($0.url)) }),
        APIField("open_link", read: { .string(Addresses.whole($0.url, instead: $0.settings.linkToOpen)) }),
        APIField("next_check", read: { FieldValue.seconds($0.state.nextDue?.unlessNever) }),
        APIField("has_ldjson_price_data", read: { $0.state.hasPriceData.map(JSONValue.bool) ?? .null }),
    ]
}

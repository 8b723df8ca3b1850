import Domain
import Foundation
import WebCore

/// One field of a watch as the API has it: how it is read, and how it is written if it may be.
///
/// The table `WatchField.all` is the whole schema: create, update and read all go through it, so a field cannot be forgotten in one of
/// them. Names, types and which are read-only: the incumbent's API specification (WatchBase).
struct WatchField: Sendable {
    let name: String
    let read: @Sendable (Watch) -> JSONValue
    /// nil for what programs may send back but not change.
    let write: (@Sendable (inout Watch, JSONValue) throws(FieldError) -> Void)?

    static let all: [WatchField] = text + flags + lists + detection + pictures + request + schedule + found
    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Applies what a program sent; throws every problem at once. Null means "as it was at first".
    static func apply(_ fields: [String: JSONValue], to watch: inout Watch) throws {
        var errors: [FieldError] = []
        let unknown = fields.keys.filter { byName[$0] == nil && !Later.accepts($0, fields[$0] ?? .null) }.sorted()
        for name in unknown { errors.append(Later.refusal(name)) }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            do {
                try byName[name]?.write?(&watch, value)
            } catch {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw InputError(errors) }
    }
}

extension WatchField {
    private static let text = [
        WatchField(
            name: "url", read: { .string($0.url) },
            write: { watch, value throws(FieldError) in
                watch.url = try string(value, "url") ?? ""
            }),
        WatchField(
            name: "title", read: { $0.title.map(JSONValue.string) ?? .null },
            write: { watch, value throws(FieldError) in
                let title = try string(value, "title")
                watch.title = title == "" ? nil : title
            }),
        WatchField(
            name: "link_to_open", read: { .string($0.settings.linkToOpen ?? "") },
            write: { watch, value throws(FieldError) in
                let link = try string(value, "link_to_open")?.trimmingCharacters(in: .whitespacesAndNewlines)
                watch.settings.linkToOpen = link == "" ? nil : link
            }),
        WatchField(
            name: "tags", read: { .array($0.tags.map { .string($0.description) }) },
            write: { watch, value throws(FieldError) in
                var tags: [TagID] = []
                for text in try strings(value, "tags") {
                    guard let tag = TagID(text) else {
                        throw FieldError("tags", "\"\(text.prefix(60))\" is not a tag's uuid")
                    }
                    if !tags.contains(tag) { tags.append(tag) }
                }
                watch.tags = tags
            }),
    ]

    private static let flags = [
        flag("paused", \.paused),
        flag("notification_muted", \.notificationMuted),
        flag("trim_text_whitespace", \.settings.trimTextWhitespace),
        flag("remove_duplicate_lines", \.settings.removeDuplicateLines),
        flag("sort_text_alphabetically", \.settings.sortTextAlphabetically),
        flag("filter_text_added", \.settings.countsAdded, standard: true),
        flag("filter_text_removed", \.settings.countsRemoved, standard: true),
        flag("filter_text_replaced", \.settings.countsReplaced, standard: true),
        flag("check_unique_lines", \.settings.wantsUniqueLines),
        optionalFlag("strip_ignored_lines", \.settings.stripIgnoredLines),
        optionalFlag("ignore_status_codes", \.settings.ignoreStatusCodes),
    ]

    private static let lists = [
        list("include_filters", \.settings.includeFilters),
        list("subtractive_selectors", \.settings.subtractiveSelectors),
        list("ignore_text", \.settings.ignoreText),
        list("trigger_text", \.settings.triggerText),
        list("text_should_not_be_present", \.settings.textShouldNotBePresent),
        list("extract_lines_containing", \.settings.extractLinesContaining),
        list("extract_text", \.settings.extractText),
    ]

    private static let request = [
        WatchField(
            name: "method", read: { .string($0.settings.method) },
            write: { watch, value throws(FieldError) in
                watch.settings.method = try string(value, "method")?.uppercased() ?? "GET"
            }),
        WatchField(
            name: "headers", read: { .object($0.settings.headers.mapValues(JSONValue.string)) },
            write: { watch, value throws(FieldError) in
                watch.settings.headers = try headers(value)
            }),
        WatchField(
            name: "body", read: { $0.settings.body.map(JSONValue.string) ?? .null },
            write: { watch, value throws(FieldError) in
                watch.settings.body = try string(value, "body")
            }),
    ]

    private static let schedule = [
        WatchField(
            name: "time_between_check", read: { .object(intervalParts($0.settings.timeBetweenCheck)) },
            write: { watch, value throws(FieldError) in
                watch.settings.timeBetweenCheck = try interval(value)
            }),
        flag("time_between_check_use_default", \.settings.usesDefaultInterval, standard: true),
    ]

    /// What checks have found; sent back by programs that change what they read, and then ignored, but for what a person has seen
    /// (UpdateWatch of the specification).
    private static let found: [WatchField] = [
        WatchField(name: "uuid", read: { .string($0.id.description) }, write: nil),
        WatchField(name: "date_created", read: { seconds($0.createdAt) }, write: nil),
        WatchField(name: "last_checked", read: { seconds($0.state.lastChecked) }, write: nil),
        WatchField(name: "last_changed", read: { seconds($0.state.lastChanged) }, write: nil),
        WatchField(
            name: "last_viewed", read: { .integer(Int($0.state.lastViewed.seconds)) },
            write: { watch, value throws(FieldError) in
                watch.state.lastViewed = try version(value, "last_viewed")
            }),
        WatchField(
            name: "last_error", read: { $0.state.lastFailure.map { .string($0.message) } ?? .bool(false) }, write: nil),
        WatchField(
            name: "last_error_code", read: { $0.state.lastFailure.map { .string($0.code.rawValue) } ?? .null },
            write: nil),
        WatchField(
            name: "consecutive_filter_failures", read: { .integer($0.state.consecutiveFilterFailures) }, write: nil),
        WatchField(name: "check_count", read: { .integer($0.state.checkCount) }, write: nil),
        WatchField(name: "fetch_time", read: { .number($0.state.lastDuration.seconds) }, write: nil),
        WatchField(name: "history_n", read: { .integer($0.state.historyCount) }, write: nil),
        WatchField(name: "viewed", read: { .bool(!$0.state.isUnviewed) }, write: nil),
        WatchField(name: "page_title", read: { $0.state.pageTitle.map(JSONValue.string) ?? .null }, write: nil),
        WatchField(name: "content-type", read: { $0.state.contentType.map(JSONValue.string) ?? .null }, write: nil),
        WatchField(name: "link", read: { .string(Addresses.whole($0.url)) }, write: nil),
        WatchField(
            name: "open_link", read: { .string(Addresses.whole($0.url, instead: $0.settings.linkToOpen)) }, write: nil),
        WatchField(name: "next_check", read: { seconds($0.state.nextDue) }, write: nil),
    ]

    static func flag(
        _ name: String, _ path: any WritableKeyPath<Watch, Bool> & Sendable, standard: Bool = false
    ) -> WatchField {
        WatchField(
            name: name, read: { .bool($0[keyPath: path]) },
            write: { watch, value throws(FieldError) in
                watch[keyPath: path] = try bool(value, name) ?? standard
            })
    }

    private static func optionalFlag(_ name: String, _ path: any WritableKeyPath<Watch, Bool?> & Sendable) -> WatchField
    {
        WatchField(
            name: name, read: { $0[keyPath: path].map(JSONValue.bool) ?? .null },
            write: { watch, value throws(FieldError) in
                watch[keyPath: path] = try bool(value, name)
            })
    }

    private static func list(_ name: String, _ path: any WritableKeyPath<Watch, [String]> & Sendable) -> WatchField {
        WatchField(
            name: name, read: { .array($0[keyPath: path].map(JSONValue.string)) },
            write: { watch, value throws(FieldError) in
                watch[keyPath: path] = try strings(value, name)
            })
    }
}

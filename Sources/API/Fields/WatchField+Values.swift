import Domain
import Foundation

/// How values that came from outside become ours, each with its own complaint.
extension WatchField {
    static func string(_ value: JSONValue, _ name: String) throws(FieldError) -> String? {
        switch value {
        case .null: nil
        case .string(let text): text
        default: throw FieldError(name, "text is needed, not \(value.kind)")
        }
    }

    static func bool(_ value: JSONValue, _ name: String) throws(FieldError) -> Bool? {
        switch value {
        case .null: nil
        case .bool(let flag): flag
        default: throw FieldError(name, "true or false is needed, not \(value.kind)")
        }
    }

    static func strings(_ value: JSONValue, _ name: String) throws(FieldError) -> [String] {
        if value == .null { return [] }
        guard case .array(let values) = value else {
            throw FieldError(name, "a list of texts is needed, not \(value.kind)")
        }
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else {
                throw FieldError(name, "every entry is a text, not \(value.kind)")
            }
            texts.append(text)
        }
        return texts
    }

    /// The second that names a snapshot; 0 for none.
    static func version(_ value: JSONValue, _ name: String) throws(FieldError) -> SnapshotVersion {
        switch value {
        case .null: return SnapshotVersion(0)
        case .integer(let number) where number >= 0: return SnapshotVersion(Int64(number))
        default: throw FieldError(name, "seconds since 1970 are needed, as a whole number")
        }
    }

    static func headers(_ value: JSONValue) throws(FieldError) -> [String: String] {
        if value == .null { return [:] }
        guard case .object(let values) = value else {
            throw FieldError("headers", "an object of names and texts is needed, not \(value.kind)")
        }
        var headers: [String: String] = [:]
        for (name, value) in values {
            guard case .string(let text) = value else {
                throw FieldError("headers", "the value of \"\(name.prefix(60))\" is a text, not \(value.kind)")
            }
            headers[name] = text
        }
        return headers
    }

    static func interval(_ value: JSONValue) throws(FieldError) -> CheckInterval {
        if value == .null { return CheckInterval() }
        guard case .object(let values) = value else {
            throw FieldError(
                "time_between_check", "an object with weeks, days, hours, minutes, seconds is needed, not \(value.kind)"
            )
        }
        var interval = CheckInterval()
        for (name, value) in values {
            let part = try intervalPart(name, value)
            switch name {
            case "weeks": interval.weeks = part
            case "days": interval.days = part
            case "hours": interval.hours = part
            case "minutes": interval.minutes = part
            case "seconds": interval.seconds = part
            default:
                throw FieldError(
                    "time_between_check.\(name.prefix(60))", "the parts are weeks, days, hours, minutes, seconds")
            }
        }
        return interval
    }

    private static func intervalPart(_ name: String, _ value: JSONValue) throws(FieldError) -> Int? {
        switch value {
        case .null: nil
        case .integer(let number): number
        default:
            throw FieldError("time_between_check.\(name.prefix(60))", "a whole number is needed, not \(value.kind)")
        }
    }

    static func intervalParts(_ interval: CheckInterval) -> [String: JSONValue] {
        let parts = [
            "weeks": interval.weeks, "days": interval.days, "hours": interval.hours, "minutes": interval.minutes,
            "seconds": interval.seconds,
        ]
        return parts.mapValues { $0.map(JSONValue.integer) ?? .null }
    }

    /// Seconds since 1970, 0 for never, as the incumbent's API has it.
    static func seconds(_ date: Date?) -> JSONValue {
        .integer(date.map { Int($0.timeIntervalSince1970) } ?? 0)
    }
}

/// Fields of the incumbent's schema that nothing here acts on yet.
///
/// A program may send them with the value that means "nothing special"; any other value is refused, because taking it and not
/// doing it would be a lie.
enum Later {
    private static let harmless: [String: [JSONValue]] = [
        "fetch_backend": [.string("system"), .string("html_requests")],
        "notification_format": [.string("System default")],
        "llm_backend_profile": [.bool(true), .bool(false)], "llm_change_summary_mode": [.string("replace")],
        "filter_failure_notification_send": [.bool(true), .bool(false)],
    ]
    private static let others: Set<String> = [
        "proxy", "webdriver_delay", "webdriver_js_execute_code", "notification_urls",
        "notification_title",
        "notification_body", "browser_steps",
        "notification_screenshot", "use_page_title_in_list",
        "time_schedule_limit", "llm_intent", "llm_change_summary",
    ]
    /// Computed or internal; programs send them back and they are ignored.
    private static let readOnly: Set<String> = [
        "previous_md5", "previous_md5_before_filters",
        "last_notification_error", "notification_alert_count", "remote_server_reply", "browser_steps_last_error_step",
        "processor_config_restock_diff_source", "llm_last_tokens_used", "llm_tokens_used_cumulative",
    ]

    static func accepts(_ name: String, _ value: JSONValue) -> Bool {
        if readOnly.contains(name) || name.hasPrefix("__") { return true }
        if let values = harmless[name] { return value == .null || values.contains(value) }
        guard others.contains(name) else { return false }
        return [.null, .bool(false), .string(""), .array([]), .object([:])].contains(value)
    }

    static func refusal(_ name: String) -> FieldError {
        let isKnown = harmless[name] != nil || others.contains(name)
        return FieldError(
            String(name.prefix(60)),
            isKnown
                ? "this version of Turnstone does not support this value yet" : "Unknown field(s): \(name.prefix(60))")
    }
}

import Domain

/// Fields of the incumbent's schema that nothing here acts on yet.
///
/// A program may send them with the value that means "nothing special"; any other value is refused, because taking it
/// and not doing it would be a lie.
enum Later {
    private static let harmless: [String: [JSONValue]] = [
        "fetch_backend": [.string("system"), .string("html_requests")],
        "notification_format": [.string("System default")],
        "llm_backend_profile": [.bool(true), .bool(false)], "llm_change_summary_mode": [.string("replace")],
        "filter_failure_notification_send": [.bool(true), .bool(false)],
    ]
    private static let others: Set<String> = [
        "webdriver_delay", "webdriver_js_execute_code", "notification_urls",
        "notification_title",
        "notification_body", "browser_steps",
        "notification_screenshot", "use_page_title_in_list",
        "llm_intent", "llm_change_summary",
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

extension SettingsTable {
    static let general: [Setting<WatchSettings>] = [
        Setting(
            "link_to_open", \.linkToOpen, .optional(.template), effect: .nothing, label: "Link to open",
            help: "Opened by a click instead of the URL: for a feed or an API, the page that people read."),
        Setting(
            "processor", \.processor, .choice(processors), label: "What to compare",
            help: "Filters, triggers and conditions apply to text only."),
        Setting(
            "time_between_check", \.timing.timeBetweenCheck, .interval, on: [.watch, .all], effect: .due,
            label: "Time between checks"),
        Setting(
            "time_between_check_use_default", \.timing.usesDefaultInterval, .flag, effect: .due,
            label: "Use the default time between checks"),
        Setting(
            "time_schedule_limit", \.timing.schedule, .schedule, on: [.watch, .tag, .all], .override, effect: .due,
            label: "Weekly schedule", help: "Outside these hours only manual checks run."),
        Setting(
            "history_snapshot_max_length", \.historyLimit, .optional(.whole(1...1000, unit: "versions")),
            on: [.watch, .all], .override, effect: .nothing, label: "Versions to keep",
            help: "Older versions are deleted at the next change. Empty: the setting for all watches, or no limit."),
    ]

    /// For all watches the interval has a default: three hours, as the incumbent's.
    static let interval = Setting<Settings>(
        SettingDescription(
            "time_between_check", .interval, levels: [.all], effect: .due, label: "Time between checks",
            help: "The default, for watches without their own."),
        \.watches.timing.timeBetweenCheck, .interval, standard: Settings.plainWatches.timing.timeBetweenCheck)

    /// Of a tag.
    static let override = Setting<TagSettings>(
        SettingDescription(
            "overrides_watch", .flag, levels: [.tag], effect: .page,
            label: "Override the restock and price settings of this tag's watches"),
        \.overridesWatch, .flag, standard: false)

    static let processors = [
        SettingOption("text_json_diff", "Page text"),
        SettingOption("restock_diff", "Restock and price (pages with one product)"),
        SettingOption("image_ssim_diff", "Image, pixel by pixel"),
    ]

    static let request: [Setting<WatchSettings>] = [
        Setting(
            "method", \.request.method, .word(methods, refusal: refusal(ofMethod:)), effect: .fetch,
            label: "Request method"),
        Setting(
            "headers", \.request.headers, .headers, effect: .fetch, label: "Request headers",
            help: "One per line, as Name: value. Templates such as {{ now }} are filled in.",
            example: "Cookie: consent=yes"),
        Setting(
            "body", \.request.body, .optional(.longTemplate), effect: .fetch, label: "Request body",
            help: "Sent with the request. Empty: no body."),
        Setting(
            "ignore_status_codes", \.request.ignoreStatusCodes, .inheritedFlag, on: [.watch, .tag, .all], .override,
            label: "Ignore status codes", help: "Compares responses such as 404 too, instead of reporting an error."),
        Setting(
            "timeout", \.request.timeout, .optional(.whole(1...999, unit: "seconds")), on: [.watch, .tag, .all],
            .override, effect: .nothing, label: "Timeout in seconds",
            help: "A page that takes longer fails. Empty: as long as the program allows (FETCH_TIMEOUT_SECONDS)."),
        Setting(
            "proxy", \.request.proxy, .proxy, on: [.watch, .tag, .all], .override, effect: .fetch, label: "Proxy",
            help: "Proxies are added under Settings."),
        Setting(
            "tls_trust", \.request.trust, .trust, on: [.watch, .tag, .all], .override, effect: .fetch,
            label: "TLS certificate",
            help: "Accepting any certificate lets anyone on the network path read and change the page."),
    ]

    private static let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

    @Sendable
    private static func refusal(ofMethod word: String) -> String? {
        let why = word == "HEAD" ? "HEAD returns no page to compare. " : ""
        return "\(why)The method must be one of \(methods.joined(separator: ", "))"
    }

    /// How every page is read.
    static let reading: [Setting<Settings>] = [
        Setting("ignore_whitespace", \.reading.ignoreWhitespace, label: "Ignore whitespace", standard: true),
        Setting(
            "render_anchor_tag_content", \.reading.renderAnchorTagContent, label: "Include link URLs in the text"),
        Setting(
            "empty_pages_are_a_change", \.reading.emptyPagesAreAChange,
            label: "Treat an empty page as a change, not as an error"),
        Setting(
            "rss_reader_mode", \.reading.rssReaderMode,
            label: "Show RSS and Atom feeds entry by entry, like a feed reader"
        ),
    ]

    /// What only concerns all watches together.
    static let list: [Setting<Settings>] = [
        Setting<Settings>(
            SettingDescription(
                "jitter_seconds", .whole(0...86_400, unit: "seconds"), levels: [.all], effect: .nothing,
                label: "Random jitter", help: "In seconds: each check runs up to this much earlier or later."),
            \.jitterSeconds, .whole(0...86_400, unit: "seconds"), standard: 0),
        Setting<Settings>(
            SettingDescription(
                "scheduler_timezone_default", .timeZone, levels: [.all], effect: .due, label: "Default time zone",
                help: "For schedules without their own, for example Europe/Berlin. Empty: the system's time zone."),
            \.timeZone, .timeZone, standard: nil),
        Setting<Settings>(
            SettingDescription(
                "extra_proxies", .proxies, levels: [.all], effect: .nothing, isSecret: true, label: "Proxies",
                help:
                    "One per line: a name, a space, and a URL that starts with http://, https:// or socks5:// and has a "
                    + "port. User name and password go before the host. A password shown as *** stays as it is.",
                example: "office http://user:password@proxy.example:3128"),
            \.proxies, .proxies, standard: []),
        Setting<Settings>(
            SettingDescription(
                "pager_size", .whole(1...1000, unit: "watches"), levels: [.all], effect: .nothing,
                label: "Watches per page", help: "In the list, from 1 to 1,000."),
            \.pagerSize, .whole(1...1000, unit: "watches"), standard: 50),
    ]
}

extension Setting where Root == WatchSettings {
    /// A row whose default is what `WatchSettings()` has.
    init<Value: Codable & Hashable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<WatchSettings, Value> & Sendable, _ kind: SettingKind<Value>,
        on levels: Set<SettingLevel> = [.watch], _ combination: SettingCombination = .own,
        effect: SettingEffect = .page, isSecret: Bool = false, in part: SettingPart? = nil, standsAlone: Bool = false,
        label: String, help: String = "", example: String = ""
    ) {
        self.init(
            SettingDescription(
                name, kind.shape, levels: levels, combination: combination, effect: effect, isSecret: isSecret,
                part: part, standsAlone: standsAlone, label: label, help: help, example: example),
            path, kind, standard: WatchSettings()[keyPath: path])
    }
}

extension Setting where Root == Settings {
    /// A flag of how pages are read.
    fileprivate init(
        _ name: String, _ path: any WritableKeyPath<Settings, Bool> & Sendable, label: String, standard: Bool = false
    ) {
        self.init(
            SettingDescription(name, .flag, levels: [.all], effect: .page, label: label), path, .flag,
            standard: standard)
    }
}

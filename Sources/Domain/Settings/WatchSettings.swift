/// How one watch is fetched, scheduled and compared: what a person may set, in groups.
///
/// `SettingsTable` says of each setting what it is called, what it takes and what its default means. Tags and the
/// settings for all watches hold the same groups, of which the table says what exists there; `merged` makes one of
/// them. `WatchSettings()` is a watch without wishes.
@dynamicMemberLookup
public struct WatchSettings: Hashable, Sendable, CustomReflectable {
    @usableFromInline
    struct Groups: Hashable, Sendable {
        @usableFromInline var request = RequestSettings()
        @usableFromInline var timing = TimingSettings()
        @usableFromInline var rules = TextRules()
        @usableFromInline var text = TextSettings()
        @usableFromInline var linkToOpen: String?
        @usableFromInline var historyLimit: Int?
        @usableFromInline var processor = ProcessorKind.text
        @usableFromInline var restock = RestockSettings()
        @usableFromInline var image = ImageSettings()
        @usableFromInline var priceData: PriceDataWish?
    }

    /// Shared by copies until one of them is changed: a job, its rules and what is remembered hold the same settings,
    /// and to copy fifty references for each would cost more than many a check.
    ///
    /// Safety: changed only through a value that is the only one to refer to it (`own`).
    @usableFromInline
    final class Box: @unchecked Sendable {
        /// Safety: reads and changes of it are those of the value that holds the box, which Swift keeps apart itself.
        @exclusivity(unchecked) @usableFromInline var groups: Groups

        @usableFromInline
        init(_ groups: Groups) {
            self.groups = groups
        }

        static let plain = Box(Groups())
    }

    @usableFromInline var box = Box.plain

    public init() {}

    @inlinable
    mutating func own() {
        if !isKnownUniquelyReferenced(&box) { box = Box(box.groups) }
    }

    public static func == (one: WatchSettings, other: WatchSettings) -> Bool {
        one.box === other.box || one.box.groups == other.box.groups
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(box.groups) }

    /// They are the same value and have not been compared to find that.
    public func isShared(with other: WatchSettings) -> Bool { box === other.box }

    /// The groups, as if they stood here.
    public var customMirror: Mirror { Mirror(reflecting: box.groups) }

    @inlinable
    public var request: RequestSettings {
        _read { yield box.groups.request }
        _modify {
            own()
            yield &box.groups.request
        }
    }

    @inlinable
    public var timing: TimingSettings {
        _read { yield box.groups.timing }
        _modify {
            own()
            yield &box.groups.timing
        }
    }

    /// What of the page's text counts.
    @inlinable
    public var rules: TextRules {
        _read { yield box.groups.rules }
        _modify {
            own()
            yield &box.groups.rules
        }
    }

    @inlinable
    public var text: TextSettings {
        _read { yield box.groups.text }
        _modify {
            own()
            yield &box.groups.text
        }
    }

    /// What a person's click opens instead of the address, for feeds and the like.
    @inlinable
    public var linkToOpen: String? {
        _read { yield box.groups.linkToOpen }
        _modify {
            own()
            yield &box.groups.linkToOpen
        }
    }

    /// How many versions are kept; nil means as the settings for all watches say.
    @inlinable
    public var historyLimit: Int? {
        _read { yield box.groups.historyLimit }
        _modify {
            own()
            yield &box.groups.historyLimit
        }
    }

    /// How the page is compared.
    @inlinable
    public var processor: ProcessorKind {
        _read { yield box.groups.processor }
        _modify {
            own()
            yield &box.groups.processor
        }
    }

    @inlinable
    public var restock: RestockSettings {
        _read { yield box.groups.restock }
        _modify {
            own()
            yield &box.groups.restock
        }
    }

    @inlinable
    public var image: ImageSettings {
        _read { yield box.groups.image }
        _modify {
            own()
            yield &box.groups.image
        }
    }

    /// Whether the price that the page gives for machines is followed; nil while nobody has been asked.
    @inlinable
    public var priceData: PriceDataWish? {
        _read { yield box.groups.priceData }
        _modify {
            own()
            yield &box.groups.priceData
        }
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TextRules, Value>) -> Value {
        get { rules[keyPath: path] }
        set { rules[keyPath: path] = newValue }
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TextSettings, Value>) -> Value {
        get { text[keyPath: path] }
        set { text[keyPath: path] = newValue }
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<RequestSettings, Value>) -> Value {
        get { request[keyPath: path] }
        set { request[keyPath: path] = newValue }
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TimingSettings, Value>) -> Value {
        get { timing[keyPath: path] }
        set { timing[keyPath: path] = newValue }
    }

    /// Only some kinds of difference count, for which the text of the last check is kept.
    public var comparesWithLastText: Bool { text.comparesWithLastText }

    /// A condition looks at the snapshot before.
    public var comparesWithSnapshot: Bool {
        text.conditions.contains { $0.field == .likeness || $0.field == .distance }
    }
}

/// How a page is asked for.
public struct RequestSettings: Hashable, Sendable {
    /// GET, POST, PUT, DELETE, PATCH or OPTIONS.
    public var method = "GET"
    /// Sent with the request, besides or instead of our own.
    public var headers: [String: String] = [:]
    /// Sent as the request's body; nil sends none.
    public var body: String?
    /// Takes an answer whose status is not 200 for a page; nil means as the next level says.
    public var ignoreStatusCodes: Bool?
    /// How many seconds the page may take, if that is less than any page may; nil as the next level says.
    public var timeout: Int?
    /// The way to the page; nil as the next level says, and straight when none does.
    public var proxy: ProxyChoice?
    /// What the server has to prove; nil as the next level says, and `system` when none does.
    public var trust: ServerTrust?

    public init() {}
}

/// When a watch is checked.
public struct TimingSettings: Hashable, Sendable {
    /// The watch's own interval, used when `usesDefaultInterval` is false.
    public var timeBetweenCheck = CheckInterval()
    /// Takes the interval of the settings for all watches.
    public var usesDefaultInterval = true
    /// The hours at which it may be checked; one that is not enabled leaves that to the next level.
    public var schedule = TimeSchedule()

    public init() {}
}

/// What happens to a page's text before it is compared, and which differences count.
public struct TextSettings: Hashable, Sendable {
    /// Strips every line and closes up empty ones.
    public var trimTextWhitespace = false
    /// Keeps the first of equal lines.
    public var removeDuplicateLines = false
    /// Sorts lines, in any case.
    public var sortTextAlphabetically = false
    /// Leaves ignored lines out of the snapshot too; nil means as the next level says.
    public var stripIgnoredLines: Bool?
    /// Which kinds of difference count: lines that came, lines that went, lines that were rewritten. None of them means
    /// all, as in changedetection.io: a watch that nothing can change is nobody's wish.
    public var countsAdded = true
    public var countsRemoved = true
    public var countsReplaced = true
    /// A difference counts only when it has a line that the watch has never shown before.
    public var wantsUniqueLines = false
    /// What must hold of the text for a difference to count.
    public var conditions: [WatchCondition] = []
    public var conditionLogic = ConditionLogic.all

    public init() {}

    /// Only some kinds of difference count.
    public var comparesWithLastText: Bool {
        let kinds = [countsAdded, countsRemoved, countsReplaced]
        return kinds.contains(true) && kinds.contains(false)
    }
}

/// The ways to compare a page, under changedetection.io's names.
public enum ProcessorKind: String, Hashable, Sendable, Codable, CaseIterable {
    case text = "text_json_diff"
    case restock = "restock_diff"
    case image = "image_ssim_diff"
}

/// The answer to the question whether the price in a page's JSON-LD is to be followed, in changedetection.io's words.
public enum PriceDataWish: String, Hashable, Sendable, Codable, CaseIterable {
    case accepted, rejected
}

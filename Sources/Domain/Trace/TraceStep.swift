/// What one step of a check did, so that a person can see why a change was told or not.
public struct TraceStep: Hashable, Sendable, Codable {
    /// Which step; the number is what is stored, so it never changes its meaning.
    public enum Kind: Int, Hashable, Sendable, Codable, CaseIterable {
        case fetched = 0
        case sameBytes = 1
        case notModified = 2
        case read = 3
        case subtracted = 4
        case included = 5
        case trimmed = 6
        case textWanted = 7
        case ignored = 8
        case linesExtracted = 9
        case textExtracted = 10
        case duplicates = 11
        case sorted = 12
        case stripped = 13
        case compared = 14
        case kinds = 15
        case trigger = 16
        case forbidden = 17
        case conditions = 18
        case uniqueLines = 19
        case knownText = 20
        case offer = 21
        case picture = 22
        case first = 23
        case superseded = 24
        case failed = 25
    }

    public var kind: Kind
    /// Lines of the text that is compared; both 0 where a step has no lines.
    public var linesBefore: Int
    public var linesAfter: Int
    public var microseconds: Int
    /// What the step found, as a clause for people without a full stop.
    public var note: String?
    /// The rules that had a say, as far as there is room.
    public var rules: [TraceRule]
    /// How many rules more there were.
    public var rulesLeftOut: Int
    /// This step is why no change is told.
    public var stops: Bool

    public init(
        _ kind: Kind, linesBefore: Int = 0, linesAfter: Int = 0, microseconds: Int = 0, note: String? = nil,
        rules: [TraceRule] = [], rulesLeftOut: Int = 0, stops: Bool = false
    ) {
        self.kind = kind
        self.linesBefore = linesBefore
        self.linesAfter = linesAfter
        self.microseconds = microseconds
        self.note = note
        self.rules = rules
        self.rulesLeftOut = rulesLeftOut
        self.stops = stops
    }
}

/// One rule of a step: what a person typed, and what it came to.
public struct TraceRule: Hashable, Sendable, Codable {
    /// As typed, cut at `TraceText.ruleLength`.
    public var rule: String
    /// Elements, values or lines that it matches.
    public var matches: Int
    /// The first line that it matches, counted from 1; nil where lines are not what is matched.
    public var line: Int?
    /// What it matches first, or what a condition looked at; cut at `TraceText.sampleLength`.
    public var sample: String?
    /// Whether a condition holds; nil for rules that only match.
    public var holds: Bool?

    public init(_ rule: String, matches: Int = 0, line: Int? = nil, sample: String? = nil, holds: Bool? = nil) {
        self.rule = rule
        self.matches = matches
        self.line = line
        self.sample = sample
        self.holds = holds
    }
}

extension TraceStep.Kind {
    /// The step's name for programs: that of the setting that asks for it, where there is one.
    public var name: String {
        switch self {
        case .fetched: "fetch"
        case .sameBytes: "same_bytes"
        case .notModified: "not_modified"
        case .read: "read"
        case .subtracted: "subtractive_selectors"
        case .included: "include_filters"
        case .trimmed: "trim_text_whitespace"
        case .textWanted: "empty_pages_are_a_change"
        case .ignored: "ignore_text"
        case .linesExtracted: "extract_lines_containing"
        case .textExtracted: "extract_text"
        case .duplicates: "remove_duplicate_lines"
        case .sorted: "sort_text_alphabetically"
        case .stripped: "strip_ignored_lines"
        case .compared: "compare"
        case .kinds: "filter_text"
        case .trigger: "trigger_text"
        case .forbidden: "text_should_not_be_present"
        case .conditions: "conditions"
        case .uniqueLines: "check_unique_lines"
        case .knownText: "newest_version"
        case .offer: "restock"
        case .picture: "picture"
        case .first: "first_version"
        case .superseded: "edited_meanwhile"
        case .failed: "failure"
        }
    }

    /// The step's name for people.
    public var title: String {
        switch self {
        case .fetched: "Fetch"
        case .sameBytes: "Identical page"
        case .notModified: "Not modified"
        case .read: "Convert to text"
        case .subtracted: "Remove elements"
        case .included: "Filters"
        case .trimmed: "Trim whitespace"
        case .textWanted: "Empty page"
        case .ignored: "Ignore lines"
        case .linesExtracted: "Keep lines containing"
        case .textExtracted: "Extract text"
        case .duplicates: "Remove duplicate lines"
        case .sorted: "Sort lines"
        case .stripped: "Strip ignored lines"
        case .compared: "Compare"
        case .kinds: "Changes that count"
        case .trigger: "Trigger text"
        case .forbidden: "Blocking text"
        case .conditions: "Conditions"
        case .uniqueLines: "Unique lines"
        case .knownText: "Newest version"
        case .offer: "Restock and price"
        case .picture: "Compare the image"
        case .first: "First version"
        case .superseded: "Edited during the check"
        case .failed: "Error"
        }
    }
}

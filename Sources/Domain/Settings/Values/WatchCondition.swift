/// One rule about the page's text that must hold for a difference to count, in changedetection.io's words.
public struct WatchCondition: Hashable, Sendable, Codable {
    public enum Field: String, Hashable, Sendable, Codable, CaseIterable {
        /// The first number in the text, as prices are spelt.
        case extractedNumber = "extracted_number"
        /// The text itself.
        case text = "page_filtered_text"
        /// How alike the text is to the snapshot before, 0 to 1.
        case likeness = "levenshtein_ratio"
        /// How many characters differ from the snapshot before.
        case distance = "levenshtein_distance"
        case wordCount = "word_count"
    }

    public enum Operator: String, Hashable, Sendable, Codable, CaseIterable {
        case greater = ">"
        case less = "<"
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case equal = "=="
        case unequal = "!="
        case contains = "in"
        case containsNot = "!in"
        case startsWith = "starts_with"
        case endsWith = "ends_with"
        case lengthAtLeast = "length_min"
        case lengthAtMost = "length_max"
        case matches = "contains_regex"
        case matchesNot = "!contains_regex"
    }

    public var field: Field
    public var `operator`: Operator
    public var value: String

    public init(field: Field, operator: Operator, value: String) {
        self.field = field
        self.operator = `operator`
        self.value = value
    }
}

/// Whether all conditions must hold or one is enough.
public enum ConditionLogic: String, Hashable, Sendable, Codable, CaseIterable {
    case all = "ALL"
    case any = "ANY"
}

import Domain
import WebCore

/// What templates are given for the fields of a form, each with what is wrong with it beside it.
struct FormFields {
    let errors: [FieldError]

    /// A line or several of text.
    func input(_ name: String, _ value: String) -> Field {
        let lines = value.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        return .group([
            "name": .text(name), "value": .text(value), "error": .optional(messages(name)),
            "rows": .number(min(12, max(2, lines + 1))),
        ])
    }

    /// One of several words; one that is not among them is offered too, so that it is not lost by saving.
    func choice(_ name: String, _ value: String, _ choices: [(value: String, title: String)]) -> Field {
        let isKnown = choices.contains { $0.value == value }
        return .group([
            "name": .text(name), "error": .optional(messages(name)),
            "choices": .list(Self.options(isKnown ? choices : choices + [(value, value)], chosen: value)),
        ])
    }

    static func options(_ choices: [(value: String, title: String)], chosen: String) -> [Fields] {
        choices.map { ["value": .text($0.value), "title": .text($0.title), "chosen": .flag($0.value == chosen)] }
    }

    /// All that is wrong with one field, a line each.
    func messages(_ name: String) -> String {
        errors.filter { Self.formName($0.field) == name }.map(Self.message).joined(separator: "\n")
    }

    /// Each error with a link to its field; one whose field the form does not have is only told.
    func summary(of names: Set<String>) -> Fields {
        let list: [Fields] = errors.map { error in
            let name = Self.formName(error.field)
            let target =
                names.contains(name) ? name : name == "time_between_check" ? "time_between_check-hours" : nil
            return [
                "target": .optional(target), "message": .text(Self.message(error)),
                "field": .text(Self.words(error.field)),
            ]
        }
        return [
            "errors": .list(list), "has_errors": .flag(!errors.isEmpty),
            "error_count": .text(errors.count == 1 ? "One thing needs" : "\(errors.count) things need"),
        ]
    }

    /// The form writes parts of a setting with a hyphen, templates with an underscore.
    static func templateName(_ name: String) -> String {
        name.replacing("-", with: "_")
    }

    /// The API names one entry of a list `include_filters[0]`; the form has one field for the whole list.
    private static func formName(_ name: String) -> String {
        String(name.prefix { $0 != "[" }).replacing(".", with: "-")
    }

    /// Which entry is meant, from 1, before what is wrong with it.
    private static func message(_ error: FieldError) -> String {
        guard let open = error.field.firstIndex(of: "["),
            let index = Int(error.field[open...].dropFirst().prefix { $0.isNumber }),
            index < Int.max
        else { return error.message }
        return "Entry \(index + 1): \(error.message)"
    }

    /// The labels that forms give to fields, which a test compares with the templates; a person knows no other name of them.
    static let titles = [
        "url": "Address", "link_to_open": "Opens instead of the address", "processor": "What is compared",
        "include_filters": "Only these parts", "subtractive_selectors": "Without these parts",
        "ignore_text": "Ignore lines with", "trigger_text": "Only when a line has",
        "text_should_not_be_present": "Not while a line has", "extract_lines_containing": "Only lines containing",
        "extract_text": "Only text that matches", "global_subtractive_selectors": "Without these parts",
        "global_ignore_text": "Ignore lines with", "bounding_box": "Only this box",
        "min_change_percentage": "Silent for up to so many percent of the pixels",
        "price_change_min": "Silent from this price", "price_change_max": "Silent up to this price",
        "price_change_threshold_percent": "Silent for moves of up to so many percent",
        "jitter_seconds": "Spread by up to so many seconds", "pager_size": "Watches on one page of the list",
        "url_match_pattern": "Also for watches with this address",
    ]

    private static func words(_ field: String) -> String {
        let name = formName(field)
        if let title = titles[name] { return title }
        let text = field.prefix { $0 != "[" }.replacing("_", with: " ").replacing(".", with: ", ").replacing(
            "-", with: ", ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}

/// The choices that forms offer, in the incumbent's words where it has some.
enum FormChoices {
    static let stock: [(value: String, title: String)] = [
        ("in_stock_only", "Only when it is in stock again"), ("all_changes", "Whenever it comes or goes"),
        ("off", "Never"),
    ]
    static let sensitivity: [(value: String, title: String)] = [
        ("0", "Very high: any change of a colour"), ("20", "High: small changes"),
        ("80", "Medium: moderate changes"), ("200", "Low: only major changes"),
    ]
    static let processors: [(value: String, title: String)] = [
        ("text_json_diff", "Its text"), ("restock_diff", "Stock and price of one product"),
        ("image_ssim_diff", "A picture, pixel by pixel"),
    ]
    static let priceData: [(value: String, title: String)] = [
        ("", "Ask, when the page gives one"), ("accepted", "Yes"), ("rejected", "No"),
    ]
    static let logic: [(value: String, title: String)] = [("ALL", "All of them"), ("ANY", "One of them")]
    static let inheritedFlag: [(value: String, title: String)] = [
        ("", "As in the settings for all watches"), ("yes", "Yes"), ("no", "No"),
    ]
    static let conditionFields: [(value: String, title: String)] = [
        ("", "–"), ("extracted_number", "The first number or price"), ("page_filtered_text", "The text"),
        ("word_count", "Number of words"), ("levenshtein_ratio", "Likeness to the text before, 0 to 1"),
        ("levenshtein_distance", "Characters unlike the text before"),
    ]
    static let operators: [(value: String, title: String)] = [
        ("", "–"), (">", ">"), ("<", "<"), (">=", "≥"), ("<=", "≤"), ("==", "="), ("!=", "≠"), ("in", "contains"),
        ("!in", "does not contain"), ("starts_with", "begins with"), ("ends_with", "ends with"),
        ("length_min", "is at least as long as"), ("length_max", "is at most as long as"),
        ("contains_regex", "matches"), ("!contains_regex", "does not match"),
    ]
}

public import Domain
import Foundation
import WebCore

/// A watch as a form has it: everything is text, as it was typed, so that a mistake can be shown where it was made.
public struct EditForm: Hashable, Sendable {
    /// One text field per setting, in the form's order; the raw value is the field's name in the form and in changedetection.io's API.
    public enum TextField: String, Hashable, Sendable, CaseIterable {
        case url, title, tags, processor
        case linkToOpen = "link_to_open"
        case weeks = "time_between_check-weeks"
        case days = "time_between_check-days"
        case hours = "time_between_check-hours"
        case minutes = "time_between_check-minutes"
        case seconds = "time_between_check-seconds"
        case historyLimit = "history_snapshot_max_length"
        case includeFilters = "include_filters"
        case subtractiveSelectors = "subtractive_selectors"
        case extractLinesContaining = "extract_lines_containing"
        case extractText = "extract_text"
        case ignoreText = "ignore_text"
        case triggerText = "trigger_text"
        case textShouldNotBePresent = "text_should_not_be_present"
        case stripIgnoredLines = "strip_ignored_lines"
        case conditionLogic = "conditions_match_logic"
        case stock = "in_stock_processing"
        case priceMinimum = "price_change_min"
        case priceMaximum = "price_change_max"
        case priceThreshold = "price_change_threshold_percent"
        case priceData = "track_ldjson_price_data"
        case minimumPercent = "min_change_percentage"
        case sensitivity = "pixel_difference_threshold_sensitivity"
        case box = "bounding_box"
        case method, headers, body
    }

    public enum Flag: String, Hashable, Sendable, CaseIterable {
        case usesDefaultInterval = "time_between_check_use_default"
        case trimTextWhitespace = "trim_text_whitespace"
        case removeDuplicateLines = "remove_duplicate_lines"
        case sortTextAlphabetically = "sort_text_alphabetically"
        case countsAdded = "filter_text_added"
        case countsReplaced = "filter_text_replaced"
        case countsRemoved = "filter_text_removed"
        case wantsUniqueLines = "check_unique_lines"
        case followsPrice = "follow_price_changes"
        case ignoreStatusCodes = "ignore_status_codes"
    }

    /// One row of the conditions; empty when neither field nor operator is chosen.
    public struct ConditionRow: Hashable, Sendable {
        public var field = ""
        public var `operator` = ""
        public var value = ""

        var isEmpty: Bool { field.isEmpty && `operator`.isEmpty && value.isEmpty }
    }

    /// As many as the API takes.
    private static let mostConditions = 100

    public private(set) var texts: [TextField: String]
    public private(set) var flags: Set<Flag>
    public private(set) var conditions: [ConditionRow]

    /// What a browser sent; `value` gives a field's text, nil when it is not there.
    public init(_ value: (String) -> String?) {
        texts = [:]
        for field in TextField.allCases { texts[field] = value(field.rawValue) ?? "" }
        flags = Set(Flag.allCases.filter { value($0.rawValue) != nil })
        conditions = (0..<Self.mostConditions).map { index in
            func part(_ name: String) -> String { value("conditions-\(index)-\(name)") ?? "" }
            return ConditionRow(field: part("field"), operator: part("operator"), value: part("value"))
        }.filter { !$0.isEmpty }
    }

    /// A watch as it is stored.
    public init(_ watch: Watch, tagTitles: [String]) {
        let settings = watch.settings
        let interval = settings.timeBetweenCheck
        func number(_ value: Int?) -> String { value.map(String.init) ?? "" }
        func lines(_ entries: [String]) -> String { entries.joined(separator: "\n") }
        texts = [
            .url: watch.url, .title: watch.title ?? "", .tags: tagTitles.joined(separator: ", "),
            .processor: settings.processor.rawValue, .linkToOpen: settings.linkToOpen ?? "",
            .weeks: number(interval.weeks), .days: number(interval.days), .hours: number(interval.hours),
            .minutes: number(interval.minutes), .seconds: number(interval.seconds),
            .historyLimit: number(settings.historyLimit),
            .includeFilters: lines(settings.includeFilters),
            .subtractiveSelectors: lines(settings.subtractiveSelectors),
            .extractLinesContaining: lines(settings.extractLinesContaining),
            .extractText: lines(settings.extractText),
            .ignoreText: lines(settings.ignoreText),
            .triggerText: lines(settings.triggerText),
            .textShouldNotBePresent: lines(settings.textShouldNotBePresent),
            .stripIgnoredLines: settings.stripIgnoredLines.map { $0 ? "yes" : "no" } ?? "",
            .conditionLogic: settings.conditionLogic.rawValue,
            .stock: settings.restock.stock.rawValue, .priceMinimum: FormReader.shown(settings.restock.priceMinimum),
            .priceMaximum: FormReader.shown(settings.restock.priceMaximum),
            .priceThreshold: FormReader.shown(settings.restock.thresholdPercent),
            .priceData: settings.priceData?.rawValue ?? "",
            .minimumPercent: FormReader.shown(settings.image.minimumPercent),
            .sensitivity: String(settings.image.sensitivity), .box: settings.image.box?.description ?? "",
            .method: settings.method,
            .headers: lines(settings.headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }),
            .body: settings.body ?? "",
        ]
        let said: [(Flag, Bool)] = [
            (.usesDefaultInterval, settings.usesDefaultInterval), (.trimTextWhitespace, settings.trimTextWhitespace),
            (.removeDuplicateLines, settings.removeDuplicateLines),
            (.sortTextAlphabetically, settings.sortTextAlphabetically), (.countsAdded, settings.countsAdded),
            (.countsReplaced, settings.countsReplaced), (.countsRemoved, settings.countsRemoved),
            (.wantsUniqueLines, settings.wantsUniqueLines), (.followsPrice, settings.restock.followsPrice),
            (.ignoreStatusCodes, settings.ignoreStatusCodes == true),
        ]
        flags = Set(said.filter(\.1).map(\.0))
        conditions = settings.conditions.map {
            ConditionRow(field: $0.field.rawValue, operator: $0.operator.rawValue, value: $0.value)
        }
    }

    public func text(_ field: TextField) -> String { texts[field] ?? "" }

    public var url: String { text(.url).trimmingCharacters(in: .whitespacesAndNewlines) }

    /// nil when it is empty, which means the page's own.
    public var title: String? {
        let title = text(.title).trimmingCharacters(in: .whitespacesAndNewlines)
        return title.isEmpty ? nil : title
    }

    public var tagTitles: [String] { TagTitles.listed(text(.tags)) }
}

extension EditForm {
    /// `settings` with everything that the form has; what the form does not have stays. Throws every field that cannot be read.
    public func applied(to settings: WatchSettings) throws(InputError) -> WatchSettings {
        let (result, errors) = read(into: settings)
        guard errors.isEmpty else { throw InputError(errors) }
        return result
    }

    /// The same with what cannot be read left out, and told beside.
    func read(into settings: WatchSettings) -> (settings: WatchSettings, errors: [FieldError]) {
        var result = settings
        var reader = FormReader { name in TextField(rawValue: name).map(text) ?? "" }
        result.timeBetweenCheck = reader.interval()
        result.headers = headers(&reader)
        result.historyLimit = reader.whole(TextField.historyLimit.rawValue, 1...1000)
        result.conditions = read(conditions, &reader)
        result.restock = reader.restock(follows: flags.contains(.followsPrice))
        result.image = image(&reader)
        func lines(_ field: TextField) -> [String] { reader.lines(field.rawValue) }
        let link = text(.linkToOpen).trimmingCharacters(in: .whitespacesAndNewlines)
        result.linkToOpen = link.isEmpty ? nil : link
        result.processor = ProcessorKind(rawValue: text(.processor)) ?? .text
        result.usesDefaultInterval = flags.contains(.usesDefaultInterval)
        result.includeFilters = lines(.includeFilters)
        result.subtractiveSelectors = lines(.subtractiveSelectors)
        result.extractLinesContaining = lines(.extractLinesContaining)
        result.extractText = lines(.extractText)
        result.ignoreText = lines(.ignoreText)
        result.triggerText = lines(.triggerText)
        result.textShouldNotBePresent = lines(.textShouldNotBePresent)
        result.stripIgnoredLines = ["yes": true, "no": false][text(.stripIgnoredLines)]
        result.trimTextWhitespace = flags.contains(.trimTextWhitespace)
        result.removeDuplicateLines = flags.contains(.removeDuplicateLines)
        result.sortTextAlphabetically = flags.contains(.sortTextAlphabetically)
        result.countsAdded = flags.contains(.countsAdded)
        result.countsReplaced = flags.contains(.countsReplaced)
        result.countsRemoved = flags.contains(.countsRemoved)
        result.wantsUniqueLines = flags.contains(.wantsUniqueLines)
        result.conditionLogic = ConditionLogic(rawValue: text(.conditionLogic)) ?? .all
        result.priceData = PriceDataWish(rawValue: text(.priceData))
        result.method = text(.method).isEmpty ? "GET" : text(.method)
        result.body = text(.body).isEmpty ? nil : text(.body)
        // Off in the form is "no wish": false is only kept where it was said before.
        let tolerates = flags.contains(.ignoreStatusCodes)
        result.ignoreStatusCodes = tolerates ? true : (settings.ignoreStatusCodes == nil ? nil : false)
        return (result, reader.errors)
    }

    private func read(_ rows: [ConditionRow], _ reader: inout FormReader) -> [WatchCondition] {
        var conditions: [WatchCondition] = []
        for (index, row) in rows.enumerated() {
            guard let field = WatchCondition.Field(rawValue: row.field),
                let sign = WatchCondition.Operator(rawValue: row.operator)
            else {
                reader.note("conditions[\(index)]", "What is looked at and how it is compared are both to be chosen")
                continue
            }
            conditions.append(WatchCondition(field: field, operator: sign, value: row.value))
        }
        return conditions
    }

    private func image(_ reader: inout FormReader) -> ImageSettings {
        var image = ImageSettings()
        image.minimumPercent = reader.real(TextField.minimumPercent.rawValue, most: 100) ?? image.minimumPercent
        image.sensitivity = reader.whole(TextField.sensitivity.rawValue, 0...255) ?? image.sensitivity
        let box = reader.word(TextField.box.rawValue)
        image.box = PixelBox(box)
        if !box.isEmpty, image.box == nil {
            reader.note(TextField.box.rawValue, "Left, top, width and height in pixels, for example 0,120,800,600")
        }
        return image
    }

    private func headers(_ reader: inout FormReader) -> [String: String] {
        var headers: [String: String] = [:]
        for line in reader.lines(TextField.headers.rawValue) {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                reader.note(TextField.headers.rawValue, "“\(line.prefix(60))” is not of the form Name: value")
                continue
            }
            headers[line[..<colon].trimmingCharacters(in: .whitespaces)] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return headers
    }
}

import Domain
import Foundation
import WebCore

/// How a page is compared: conditions, the processor and what it needs to know.
extension WatchField {
    static let detection: [WatchField] = [
        WatchField(
            name: "processor", read: { .string($0.settings.processor.rawValue) },
            write: { watch, value throws(FieldError) in
                watch.settings.processor = try choice(value, "processor", standard: .text)
            }),
        WatchField(
            name: "conditions", read: { .array($0.settings.conditions.map(Self.object)) },
            write: { watch, value throws(FieldError) in
                watch.settings.conditions = try conditions(value)
            }),
        WatchField(
            name: "conditions_match_logic", read: { .string($0.settings.conditionLogic.rawValue) },
            write: { watch, value throws(FieldError) in
                watch.settings.conditionLogic = try choice(value, "conditions_match_logic", standard: .all)
            }),
        WatchField(
            name: "history_snapshot_max_length", read: { $0.settings.historyLimit.map(JSONValue.integer) ?? .null },
            write: { watch, value throws(FieldError) in
                watch.settings.historyLimit = try integer(value, "history_snapshot_max_length", 1...1000)
            }),
        WatchField(
            name: "processor_config_restock_diff", read: { .object(restock($0.settings.restock)) },
            write: { watch, value throws(FieldError) in
                watch.settings.restock = try restock(value)
            }),
        WatchField(
            name: "in_stock_only", read: { .bool($0.settings.restock.stock == .inStockOnly) },
            write: { watch, value throws(FieldError) in
                guard let isOnly = try bool(value, "in_stock_only") else { return }
                let stock = watch.settings.restock.stock
                watch.settings.restock.stock = isOnly ? .inStockOnly : stock == .inStockOnly ? .allChanges : stock
            }),
        flag("follow_price_changes", \.settings.restock.followsPrice, standard: true),
        WatchField(
            name: "price_change_threshold_percent", read: { real($0.settings.restock.thresholdPercent) },
            write: { watch, value throws(FieldError) in
                watch.settings.restock.thresholdPercent = try number(value, "price_change_threshold_percent", 0...100)
            }),
    ]

    /// One of the words that `Choice` has; null means `standard`.
    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: JSONValue, _ name: String, standard: Choice
    ) throws(FieldError) -> Choice where Choice.RawValue == String {
        guard let word = try string(value, name) else { return standard }
        guard let choice = Choice(rawValue: word) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldError(name, "\"\(word.prefix(60))\" is not one of \(words)")
        }
        return choice
    }

    static func integer(
        _ value: JSONValue, _ name: String, _ range: ClosedRange<Int>
    ) throws(FieldError) -> Int? {
        if value == .null { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            throw FieldError(name, "a whole number from \(range.lowerBound) to \(range.upperBound) is needed")
        }
        return number
    }

    static func number(
        _ value: JSONValue, _ name: String, _ range: ClosedRange<Double> = 0...1e15
    ) throws(FieldError) -> Double? {
        let number: Double
        switch value {
        case .null: return nil
        case .integer(let value): number = Double(value)
        case .number(let value): number = value
        default: throw FieldError(name, "a number is needed, not \(value.kind)")
        }
        guard range.contains(number) else {
            throw FieldError(name, "a number from \(Int(range.lowerBound)) to \(Int(range.upperBound)) is needed")
        }
        return number
    }

    private static func real(_ number: Double?) -> JSONValue { number.map(JSONValue.number) ?? .null }

    private static func object(_ condition: WatchCondition) -> JSONValue {
        .object([
            "field": .string(condition.field.rawValue), "operator": .string(condition.operator.rawValue),
            "value": .string(condition.value),
        ])
    }

    private static func conditions(_ value: JSONValue) throws(FieldError) -> [WatchCondition] {
        if value == .null { return [] }
        guard case .array(let entries) = value else {
            throw FieldError("conditions", "a list of objects is needed, not \(value.kind)")
        }
        guard entries.count <= 100 else { throw FieldError("conditions", "At most 100 entries are taken") }
        var conditions: [WatchCondition] = []
        for (index, entry) in entries.enumerated() {
            let name = "conditions[\(index)]"
            guard case .object(let parts) = entry else {
                throw FieldError(name, "an object with field, operator and value is needed, not \(entry.kind)")
            }
            // An empty row of a form is no condition.
            if parts["field"] == .string(""), parts["operator"] == .string("") { continue }
            conditions.append(try condition(parts, name))
        }
        return conditions
    }

    private static func condition(
        _ parts: [String: JSONValue], _ name: String
    ) throws(FieldError) -> WatchCondition {
        guard let field = WatchCondition.Field(rawValue: try string(parts["field"] ?? .null, "\(name).field") ?? "")
        else {
            let words = WatchCondition.Field.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldError("\(name).field", "one of \(words) is needed")
        }
        let word = try string(parts["operator"] ?? .null, "\(name).operator") ?? ""
        guard let sign = WatchCondition.Operator(rawValue: word) else {
            let words = WatchCondition.Operator.allCases.map(\.rawValue).joined(separator: " ")
            throw FieldError("\(name).operator", "one of \(words) is needed")
        }
        let text: String
        switch parts["value"] ?? .null {
        case .integer(let value): text = String(value)
        case .number(let value): text = String(value)
        case let value: text = try string(value, "\(name).value") ?? ""
        }
        guard text.count <= 5000 else { throw FieldError("\(name).value", "At most 5000 characters are taken") }
        return WatchCondition(field: field, operator: sign, value: text)
    }

    // MARK: Restock

    static func restock(_ settings: RestockSettings) -> [String: JSONValue] {
        [
            "in_stock_processing": .string(settings.stock.rawValue),
            "follow_price_changes": .bool(settings.followsPrice),
            "price_change_min": real(settings.priceMinimum), "price_change_max": real(settings.priceMaximum),
            "price_change_threshold_percent": real(settings.thresholdPercent),
        ]
    }

    static func restock(_ value: JSONValue) throws(FieldError) -> RestockSettings {
        let whole = "processor_config_restock_diff"
        var settings = RestockSettings()
        if value == .null { return settings }
        guard case .object(let parts) = value else { throw FieldError(whole, "an object is needed, not \(value.kind)") }
        for (part, value) in parts.sorted(by: { $0.key < $1.key }) {
            let name = "\(whole).\(part.prefix(60))"
            switch part {
            case "in_stock_processing": settings.stock = try choice(value, name, standard: .inStockOnly)
            case "follow_price_changes": settings.followsPrice = try bool(value, name) ?? true
            case "price_change_min": settings.priceMinimum = try number(value, name)
            case "price_change_max": settings.priceMaximum = try number(value, name)
            case "price_change_threshold_percent": settings.thresholdPercent = try number(value, name, 0...100)
            default: throw FieldError(name, "this is not a setting of the restock processor")
            }
        }
        if let least = settings.priceMinimum, let most = settings.priceMaximum, least > most {
            throw FieldError("\(whole).price_change_min", "it is above price_change_max")
        }
        return settings
    }
}

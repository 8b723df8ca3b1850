public import Foundation

/// What is wrong with a template, or what stopped it.
public struct TemplateError: Error, Hashable, Sendable {
    public let message: String

    public init(_ message: String) { self.message = message }
}

/// A text with places that are filled in each time it is used, in the language of Jinja2 as far as an address, a header
/// or a body needs it.
///
/// `{{ value | filter }}`, `{% now 'utc' - 'days=1', '%Y-%m-%d' %}`, `{% if %} … {% elif %} … {% else %} … {% endif
/// %}`, `{% set name = value %}`, `{% raw %} … {% endraw %}` and `{# comments #}`. There are no loops, no attributes
/// and no calls, so a template takes no longer than it is long; output is bounded all the same.
public struct Template: Sendable {
    /// What a template may ask for besides its own text.
    public struct Environment: Sendable {
        public var variables: [String: String]
        public var now: Date
        /// Replaces matches of a regex within limits; nil when the place has no use for regexes.
        public var replaceRegex:
            (@Sendable (_ text: String, _ regex: String, _ with: String) throws(TemplateError) -> String)?

        public init(
            variables: [String: String] = [:], now: Date,
            replaceRegex: (@Sendable (String, String, String) throws(TemplateError) -> String)? = nil
        ) {
            self.variables = variables
            self.now = now
            self.replaceRegex = replaceRegex
        }
    }

    /// As the incumbent's `JINJA2_MAX_RETURN_PAYLOAD_SIZE_KB`.
    static let outputLimit = 10 << 20
    private static let sourceLimit = 1 << 20

    private let parts: [TemplatePart]

    /// Fails with a sentence for whoever typed it.
    public init(_ source: String) throws(TemplateError) {
        guard source.utf8.count <= Self.sourceLimit else { throw TemplateError("it is too long") }
        var parser = TemplateParser(source)
        parts = try parser.parse()
    }

    /// Whether a text has any places to fill in; most have none and are used as they are.
    public static func isNeeded(for text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "{")) && (text.contains("{{") || text.contains("{%") || text.contains("{#"))
    }

    /// `text` filled in, or itself when there is nothing to fill in.
    public static func fill(_ text: String, _ environment: Environment) throws(TemplateError) -> String {
        isNeeded(for: text) ? try Template(text).render(environment) : text
    }

    public func render(_ environment: Environment) throws(TemplateError) -> String {
        var rendering = TemplateRendering(environment)
        try rendering.add(parts)
        return rendering.output
    }
}

/// A piece of a template.
indirect enum TemplatePart: Sendable {
    case text(String)
    case value(TemplateExpression)
    case now(zone: TemplateExpression, offset: TemplateExpression?, isBack: Bool, format: TemplateExpression?)
    case set(String, TemplateExpression)
    /// The first branch whose condition holds; without a condition it is `else`.
    case choice([(condition: TemplateExpression?, parts: [TemplatePart])])
}

indirect enum TemplateExpression: Sendable {
    case text(String)
    case number(Double)
    case bool(Bool)
    case none
    case variable(String)
    case filter(TemplateFilter, TemplateExpression, [TemplateExpression])
    case binary(String, TemplateExpression, TemplateExpression)
    case not(TemplateExpression)
    case negative(TemplateExpression)
    case choice(TemplateExpression, if: TemplateExpression, else: TemplateExpression?)
}

/// What an expression is worth.
enum TemplateValue: Equatable, Sendable {
    case none
    case bool(Bool)
    case number(Double)
    case text(String)

    var text: String {
        switch self {
        case .none: ""
        case .bool(let flag): flag ? "True" : "False"
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
        case .text(let text): text
        }
    }

    var isTrue: Bool {
        switch self {
        case .none: false
        case .bool(let flag): flag
        case .number(let number): number != 0
        case .text(let text): !text.isEmpty
        }
    }

    var number: Double? {
        switch self {
        case .none: nil
        case .bool(let flag): flag ? 1 : 0
        case .number(let number): number
        case .text(let text): Double(text.trimmingCharacters(in: .whitespaces))
        }
    }
}

/// Writes a template's output.
struct TemplateRendering {
    private let environment: Template.Environment
    private var variables: [String: TemplateValue]
    private(set) var output = ""

    init(_ environment: Template.Environment) {
        self.environment = environment
        variables = environment.variables.mapValues { .text($0) }
    }

    mutating func add(_ parts: [TemplatePart]) throws(TemplateError) {
        for part in parts {
            switch part {
            case .text(let text): output += text
            case .value(let expression): output += try value(expression).text
            case .set(let name, let expression):
                let value = try value(expression)
                guard value.text.utf8.count <= Template.outputLimit else { throw TemplateError("a value is too long") }
                variables[name] = value
            case .now(let zone, let offset, let isBack, let format):
                let clock = try TemplateClock(zone: value(zone).text, environment.now)
                output += try clock.shifted(
                    by: offset.map { part throws(TemplateError) in try value(part).text }, isBack: isBack
                )
                .text(format.map { part throws(TemplateError) in try value(part).text } ?? TemplateClock.standardFormat)
            case .choice(let branches):
                for (condition, parts) in branches {
                    if let condition, try !value(condition).isTrue { continue }
                    try add(parts)
                    break
                }
            }
            guard output.utf8.count <= Template.outputLimit else { throw TemplateError("its output is too long") }
        }
    }

    private func value(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
        switch expression {
        case .text(let text): return .text(text)
        case .number(let number): return .number(number)
        case .bool(let flag): return .bool(flag)
        case .none: return .none
        case .variable(let name): return variables[name] ?? .none
        case .not(let inner): return .bool(try !value(inner).isTrue)
        case .negative(let inner): return .number(-(try value(inner).number ?? 0))
        case .choice(let first, let condition, let second):
            if try value(condition).isTrue { return try value(first) }
            guard let second else { return .none }
            return try value(second)
        case .filter(let filter, let subject, let arguments):
            var values: [TemplateValue] = []
            for argument in arguments { values.append(try value(argument)) }
            return try filter.apply(to: value(subject), values, environment)
        case .binary(let sign, let left, let right):
            if sign == "and" {
                let one = try value(left)
                return one.isTrue ? try value(right) : one
            }
            if sign == "or" {
                let one = try value(left)
                return one.isTrue ? one : try value(right)
            }
            return try Self.join(sign, value(left), value(right))
        }
    }

    private static func join(
        _ sign: String, _ left: TemplateValue, _ right: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        switch sign {
        case "~":
            guard left.text.utf8.count + right.text.utf8.count <= Template.outputLimit else {
                throw TemplateError("a value is too long")
            }
            return .text(left.text + right.text)
        case "==": return .bool(left == right)
        case "!=": return .bool(left != right)
        case "in": return .bool(right.text.contains(left.text))
        default: break
        }
        if case .text(let one) = left, case .text(let other) = right {
            switch sign {
            case "+": return .text(one + other)
            case "<": return .bool(one < other)
            case "<=": return .bool(one <= other)
            case ">": return .bool(one > other)
            case ">=": return .bool(one >= other)
            default: break
            }
        }
        guard let one = left.number, let other = right.number else {
            throw TemplateError("'\(sign)' needs two numbers, or two texts")
        }
        switch sign {
        case "+": return .number(one + other)
        case "-": return .number(one - other)
        case "*": return .number(one * other)
        case "<": return .bool(one < other)
        case "<=": return .bool(one <= other)
        case ">": return .bool(one > other)
        case ">=": return .bool(one >= other)
        default: break
        }
        guard other != 0 else { throw TemplateError("it divides by zero") }
        switch sign {
        case "/": return .number(one / other)
        case "//": return .number((one / other).rounded(.down))
        default: return .number(one - other * (one / other).rounded(.down))
        }
    }
}

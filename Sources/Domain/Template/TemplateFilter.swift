import Foundation

/// What may stand after `|`: Jinja2's filters on texts and numbers, and the incumbent's two.
enum TemplateFilter: String, Sendable {
    case upper, lower, title, capitalize, trim, replace, length, count, `default`, d, urlencode, int, float, round, abs,
        string
    case truncate, first, last
    case regexReplace = "regex_replace"
    case unixtime

    var argumentCounts: ClosedRange<Int> {
        switch self {
        case .replace: 2...2
        case .default, .d, .regexReplace, .truncate: self == .regexReplace ? 1...2 : 1...2
        case .round, .unixtime, .trim, .int, .float: 0...2
        default: 0...0
        }
    }

    func apply(
        to value: TemplateValue, _ arguments: [TemplateValue], _ environment: Template.Environment
    ) throws(TemplateError) -> TemplateValue {
        let text = value.text
        switch self {
        case .upper: return .text(text.uppercased())
        case .lower: return .text(text.lowercased())
        case .title: return .text(text.capitalized)
        case .capitalize: return .text(text.prefix(1).uppercased() + text.dropFirst().lowercased())
        case .trim:
            let set = arguments.first.map { CharacterSet(charactersIn: $0.text) } ?? .whitespacesAndNewlines
            return .text(text.trimmingCharacters(in: set))
        case .replace:
            guard !arguments[0].text.isEmpty else { return value }
            let replaced = text.replacingOccurrences(of: arguments[0].text, with: arguments[1].text)
            guard replaced.utf8.count <= Template.outputLimit else { throw TemplateError("its output is too long") }
            return .text(replaced)
        case .length, .count: return .number(Double(text.count))
        case .default, .d:
            let isMissing = value == .none || (arguments.count > 1 && arguments[1].isTrue && !value.isTrue)
            return isMissing ? arguments[0] : value
        case .urlencode:
            var allowed = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: Unicode.Scalar(0)..."~"))
            allowed.insert(charactersIn: "-._~/")
            return .text(text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text)
        case .int: return .number((value.number ?? arguments.first?.number ?? 0).rounded(.towardZero))
        case .float: return .number(value.number ?? arguments.first?.number ?? 0)
        case .round:
            let scale = pow(10, min(max(arguments.first?.number ?? 0, -15), 15))
            return .number(((value.number ?? 0) * scale).rounded(.toNearestOrEven) / scale)
        case .abs: return .number(Swift.abs(value.number ?? 0))
        case .string: return .text(text)
        case .truncate: return .text(String(text.prefix(Int(min(max(arguments[0].number ?? 255, 0), 1e6)))))
        case .first: return .text(String(text.prefix(1)))
        case .last: return .text(String(text.suffix(1)))
        case .regexReplace:
            guard let replace = environment.replaceRegex else {
                throw TemplateError("regex_replace is not available here")
            }
            guard arguments[0].text.count <= 500 else { throw TemplateError("a regex has more than 500 characters") }
            return .text(try replace(text, arguments[0].text, arguments.count > 1 ? arguments[1].text : ""))
        case .unixtime:
            guard let seconds = value.number, Swift.abs(seconds) < 1e11 else {
                throw TemplateError("unixtime needs seconds since 1970")
            }
            let zone = arguments.count > 1 ? arguments[1].text : "UTC"
            let clock = try TemplateClock(zone: zone, Date(timeIntervalSince1970: seconds))
            return .text(clock.text(arguments.first?.text ?? "%Y-%m-%d %H:%M:%S"))
        }
    }
}

public import Mustache

/// One thing a template can name.
public enum Field: Sendable {
    /// Escaped by the template, whatever it holds.
    case text(String)
    case number(Int)
    case flag(Bool)
    /// Markup of our own making, shown by `{{{name}}}` as it is.
    case markup(Markup)
    case group(Fields)
    case list([Fields])
    /// Known to the template, but not there this time; `{{#name}}` skips it.
    case nothing

    /// Text, or nothing when there is none or it is empty.
    public static func optional(_ text: String?) -> Field {
        guard let text, !text.isEmpty else { return .nothing }
        return .text(text)
    }

    /// What Mustache is given: never nil, since it would then look further out for a field of the same name.
    fileprivate var value: Any {
        switch self {
        case .text(let text): text
        case .number(let number): number
        case .flag(let flag): flag
        case .markup(let markup): markup.html
        case .group(let fields): fields
        case .list(let list): list
        case .nothing: Nothing()
        }
    }
}

/// HTML that our own code has put together and escaped.
public struct Markup: Sendable {
    public let html: String

    public init(_ html: String) {
        self.html = html
    }

    public init(utf8 bytes: [UInt8]) {
        html = String(decoding: bytes, as: UTF8.self)
    }
}

/// All that a template can name, in one place.
public struct Fields: Sendable, MustacheParent, ExpressibleByDictionaryLiteral {
    private(set) var fields: [String: Field]

    public init(dictionaryLiteral elements: (String, Field)...) {
        fields = Dictionary(elements, uniquingKeysWith: { $1 })
    }

    public subscript(name: String) -> Field? {
        get { fields[name] }
        set { fields[name] = newValue }
    }

    public func child(named name: String) -> Any? {
        fields[name]?.value
    }

    /// These and `others`, whose fields win.
    public func merging(_ others: Fields) -> Fields {
        var merged = self
        merged.fields.merge(others.fields) { $1 }
        return merged
    }
}

extension Field: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .flag(value) }
    public init(integerLiteral value: Int) { self = .number(value) }
}

/// Renders as nothing and counts as false.
private struct Nothing: MustacheCustomRenderable {
    var renderText: String { "" }
    var isNull: Bool { true }
}

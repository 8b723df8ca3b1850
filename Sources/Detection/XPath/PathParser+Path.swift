import Patterns

/// Paths, steps and what they begin with.
extension PathParser {
    mutating func path() throws(SelectorError) -> PathTerm {
        skipSpace()
        var parts: [PathTerm] = []
        if sees("//") {
            at += 2
            parts = [.document, Self.allBelow]
        } else if take("/") {
            parts = [.document]
            skipSpace()
            guard startsStep else { return .document }
        }
        parts.append(try step())
        while true {
            skipSpace()
            if sees("//") {
                at += 2
                parts.append(Self.allBelow)
            } else if !take("/") {
                break
            }
            skipSpace()
            parts.append(try step())
        }
        return parts.count == 1 ? parts[0] : .path(Self.shortened(parts))
    }

    private static var allBelow: PathTerm { .step(.descendantOrSelf, .any, []) }

    /// `//name` as one step, where no position is asked for: the same nodes without a list of all in between.
    private static func shortened(_ parts: [PathTerm]) -> [PathTerm] {
        var result: [PathTerm] = []
        for part in parts {
            if case .step(.child, let test, let predicates) = part, predicates.allSatisfy(\.ignoresPosition),
                case .step(.descendantOrSelf, .any, let none)? = result.last, none.isEmpty
            {
                result.removeLast()
                result.append(.step(.descendant, test, predicates))
            } else {
                result.append(part)
            }
        }
        return result
    }

    private var startsStep: Bool {
        guard let byte else { return false }
        return Self.isNameStart(byte) || "@.*$('\"".utf8.contains(byte) || ByteClass.isDigit(byte)
    }

    private mutating func step() throws(SelectorError) -> PathTerm {
        skipSpace()
        if sees("..") {
            at += 2
            return .step(.parent, .any, try predicates())
        }
        if take("@") { return try axisStep(.attribute) }
        if let term = try primary() {
            let predicates = try predicates()
            return predicates.isEmpty ? term : .filtered(term, predicates)
        }
        let start = at
        if let word = name(), seesNext("::", after: 0) {
            guard let axis = PathAxis(rawValue: String(decoding: word, as: UTF8.self)) else {
                throw SelectorError(message: "'\(String(decoding: word, as: UTF8.self))' is not an axis")
            }
            try expect("::")
            return try axisStep(axis)
        }
        at = start
        return try axisStep(.child)
    }

    private mutating func predicates() throws(SelectorError) -> [PathTerm] {
        var predicates: [PathTerm] = []
        while take("[") {
            predicates.append(try expression())
            try expect("]")
        }
        skipSpace()
        if sees("?") { throw SelectorError(message: "'?' is for maps and arrays, which pages do not have") }
        return predicates
    }

    private mutating func axisStep(_ axis: PathAxis) throws(SelectorError) -> PathTerm {
        skipSpace()
        let test = try nodeTest(axis)
        return .step(axis, test, try predicates())
    }

    private mutating func nodeTest(_ axis: PathAxis) throws(SelectorError) -> PathNodeTest {
        if sees("*:") {
            at += 2
            guard let name = name() else { throw unexpected() }
            return .local(name)
        }
        if take("*") { return .element }
        guard let name = qualifiedName() else { throw unexpected() }
        if sees(":*") {
            at += 2
            return .prefixed(name + [UInt8(ascii: ":")])
        }
        guard seesNext("(", after: 0) else { return .named(name) }
        try expect("(")
        return try kindTest(String(decoding: name, as: UTF8.self))
    }

    /// After the bracket of `text(` and its like.
    private mutating func kindTest(_ name: String) throws(SelectorError) -> PathNodeTest {
        skipSpace()
        var argument: [UInt8]?
        if !take("*") {
            argument = qualifiedName()
            if argument == nil { argument = try literal() }
        }
        try expect(")")
        switch name {
        case "node": return .any
        case "text": return .text
        case "element", "attribute": return argument.map { .named($0) } ?? .element
        case "document-node": return .document
        default: return .none
        }
    }

    static let kinds: Set<String> = [
        "node", "text", "element", "attribute", "document-node", "comment", "processing-instruction",
    ]

    /// What a step may begin with besides an axis or a name; nil when it is one of these.
    private mutating func primary() throws(SelectorError) -> PathTerm? {
        if let text = try literal() { return .string(text) }
        if let number = number() { return .number(number) }
        if take("$") { return try variable() }
        if take("(") {
            if take(")") { return .sequence([]) }
            let inner = try expression()
            try expect(")")
            // A path in brackets is a value of its own, whose positions count over all of it.
            return .sequence([inner])
        }
        if byte == UInt8(ascii: ".") {
            at += 1
            return .context
        }
        let start = at
        if let name = qualifiedName(), seesNext("(", after: 0),
            !Self.kinds.contains(String(decoding: name, as: UTF8.self))
        {
            try expect("(")
            return try call(name, first: [])
        }
        at = start
        return nil
    }

    /// After a function's bracket: its arguments, checked for their number, and its regex compiled if it is a literal.
    mutating func call(_ name: [UInt8], first: [PathTerm]) throws(SelectorError) -> PathTerm {
        var arguments = first
        if !take(")") {
            repeat { arguments.append(try single()) } while take(",")
            try expect(")")
        }
        let written = String(decoding: name, as: UTF8.self)
        guard let (function, counts) = PathFunction.known(written) else {
            throw SelectorError(message: "'\(written)()' is not a supported function")
        }
        guard counts.contains(arguments.count) else {
            throw SelectorError(message: "'\(written)()' does not take \(arguments.count) arguments")
        }
        return .call(function, arguments, try Self.pattern(function, arguments))
    }

    private static func pattern(_ function: PathFunction, _ arguments: [PathTerm]) throws(SelectorError) -> Pattern? {
        guard let place = function.patternPlace, place < arguments.count, case .string(let regex) = arguments[place]
        else { return nil }
        var flags: [UInt8] = []
        if let flagsPlace = function.flagsPlace, flagsPlace < arguments.count {
            guard case .string(let given) = arguments[flagsPlace] else { return nil }
            flags = given
        }
        do {
            return try function.pattern(regex, flags: flags)
        } catch {
            let text = String(decoding: regex, as: UTF8.self)
            throw SelectorError(message: "'\(text.prefix(60))' is not a valid regex: \(error.message)")
        }
    }
}

extension PathTerm {
    /// It is true or false, or nodes, whatever the position of the node it is asked about.
    var ignoresPosition: Bool {
        switch self {
        case .or(let left, let right), .and(let left, let right): left.ignoresPosition && right.ignoresPosition
        case .comparison(_, isValue: _, let left, let right): !left.asksForPosition && !right.asksForPosition
        case .step: true
        case .path(let parts): parts.allSatisfy { if case .step = $0 { true } else { false } }
        case .call(let function, let arguments, _):
            function.isBoolean && !arguments.contains(where: \.asksForPosition)
        default: false
        }
    }

    /// `position()` or `last()` may stand somewhere in it where it means this place.
    private var asksForPosition: Bool {
        switch self {
        case .string, .number, .context, .document, .step: false
        case .path(let parts): parts.first?.asksForPosition ?? false
        case .call(let function, let arguments, _):
            function == .position || function == .last || arguments.contains(where: \.asksForPosition)
        case .comparison(_, isValue: _, let left, let right), .or(let left, let right), .and(let left, let right),
            .arithmetic(_, let left, let right), .concatenation(let left, let right):
            left.asksForPosition || right.asksForPosition
        default: true
        }
    }
}

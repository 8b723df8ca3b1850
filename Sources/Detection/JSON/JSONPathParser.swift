import Patterns

/// Reads a JSONPath; each function takes one production of RFC 9535's grammar, widened as `JSONPath` says.
struct JSONPathParser {
    private static let lengthLimit = 5000
    private static let depthLimit = 50

    let bytes: [UInt8]
    var at = 0
    private var depth = 0
    /// How many `[` are open.
    private var brackets = 0

    init(_ source: String) { bytes = Array(source.utf8) }

    mutating func parse() throws(SelectorError) -> [JSONPath.Part] {
        guard bytes.count <= Self.lengthLimit else {
            throw SelectorError(message: "it is longer than \(Self.lengthLimit) characters")
        }
        var parts: [JSONPath.Part] = []
        repeat {
            parts.append(try sum())
            skipSpace()
        } while take("|")
        guard at == bytes.count else { throw unexpected() }
        return parts
    }

    // MARK: Arithmetic

    private mutating func sum() throws(SelectorError) -> JSONPath.Part {
        var left = try product()
        while true {
            skipSpace()
            if take("+") {
                left = .arithmetic(.add, left, try product())
            } else if take("-") {
                left = .arithmetic(.subtract, left, try product())
            } else {
                return left
            }
        }
    }

    private mutating func product() throws(SelectorError) -> JSONPath.Part {
        var left = try operand()
        while true {
            skipSpace()
            if take("*") {
                left = .arithmetic(.multiply, left, try operand())
            } else if take("/") {
                left = .arithmetic(.divide, left, try operand())
            } else {
                return left
            }
        }
    }

    /// A query, a number, a text in quotes, or a sum in brackets.
    private mutating func operand() throws(SelectorError) -> JSONPath.Part {
        skipSpace()
        let start = at
        if take("(") {
            // Brackets hold steps or a sum; what reads as steps is none. Steps never look for a sum, so a deep nesting
            // is read twice per level, not twice as often with each.
            at = start
            if let steps = try? query() { return .query(steps) }
            at = start + 1
            let inner = try deeper { parser throws(SelectorError) in try parser.sum() }
            try expect(")")
            return inner
        }
        if let text = try string() { return .literal(.string(text)) }
        if let byte, ByteClass.isDigit(byte) { return .literal(.number(number())) }
        return .query(try query())
    }

    private mutating func number() -> [UInt8] {
        let start = at
        while let byte, ByteClass.isDigit(byte) || byte == UInt8(ascii: ".") { at += 1 }
        return Array(bytes[start..<at])
    }

    // MARK: Small parts

    var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func skipSpace() {
        while let byte, ByteClass.isSpace(byte) { at += 1 }
    }

    func sees(_ text: StaticString, at place: Int? = nil) -> Bool {
        // Safety: a static string's bytes live as long as the process.
        bytes[min(place ?? at, bytes.count)...].starts(
            with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func take(_ text: StaticString) -> Bool {
        guard sees(text) else { return false }
        at += text.utf8CodeUnitCount
        return true
    }

    mutating func expect(_ text: StaticString) throws(SelectorError) {
        skipSpace()
        guard take(text) else { throw SelectorError(message: "'\(text)' is missing at character \(at + 1)") }
    }

    func unexpected() -> SelectorError {
        guard at < bytes.count else { return SelectorError(message: "it ends too early") }
        let rest = String(decoding: bytes[at..<min(bytes.count, at + 20)], as: UTF8.self)
        return SelectorError(message: "'\(rest)' was not expected at character \(at + 1)")
    }

    /// Runs `body` one level deeper; more levels than anybody writes by hand are refused.
    mutating func deeper<Result>(
        _ body: (inout JSONPathParser) throws(SelectorError) -> Result
    ) throws(SelectorError) -> Result {
        guard depth < Self.depthLimit else { throw SelectorError(message: "it is nested too deep") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    static func isNameStart(_ byte: UInt8) -> Bool {
        ByteClass.isLetter(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    /// A name without quotes; nil when there is none. A hyphen inside belongs to it.
    mutating func bareName() -> [UInt8]? {
        guard let byte, Self.isNameStart(byte) else { return nil }
        let start = at
        while let byte = self.byte,
            Self.isNameStart(byte) || ByteClass.isDigit(byte) || byte == UInt8(ascii: "-")
        {
            at += 1
        }
        return Array(bytes[start..<at])
    }

    mutating func integer() throws(SelectorError) -> Int? {
        let start = at
        _ = take("-")
        while let byte, ByteClass.isDigit(byte) { at += 1 }
        guard at > start else { return nil }
        guard let value = Int(String(decoding: bytes[start..<at], as: UTF8.self)), abs(value) < 1 << 53 else {
            at = start
            throw unexpected()
        }
        return value
    }

    /// A text in single or double quotes with its escapes read; nil when there is none.
    mutating func string() throws(SelectorError) -> [UInt8]? {
        guard let quote = byte, quote == 0x22 || quote == 0x27 else { return nil }
        let start = at
        at += 1
        var json: [UInt8] = [0x22]
        while let byte, byte != quote {
            at += 1
            if byte == UInt8(ascii: "\\"), let next = self.byte {
                at += 1
                // In single quotes \' is a quote, which JSON does not escape.
                json += next == 0x27 ? [0x27] : [byte, next]
            } else {
                json += byte == 0x22 ? [UInt8(ascii: "\\"), 0x22] : [byte]
            }
        }
        at += 1
        var scanner = JSONCursor(json + [0x22])
        guard at <= bytes.count, let text = scanner.string(), scanner.isAtEnd else {
            at = start
            throw SelectorError(message: "the string that starts at character \(at + 1) is not closed or not valid")
        }
        return text
    }

    // MARK: Queries

    /// A query from its root; without `$` or `@` it begins at the root with a name.
    mutating func query() throws(SelectorError) -> JSONPath.Query {
        var query = JSONPath.Query()
        if take("$") || take("@") {
            query.isAbsolute = bytes[at - 1] == UInt8(ascii: "$")
        } else if byte != UInt8(ascii: "[") {
            query.segments.append(JSONPath.Segment(isDescendant: false, selectors: try steps()))
        }
        while true {
            var next = try segment()
            if next == nil { next = try having() }
            guard let next else { break }
            query.segments.append(next)
        }
        return query
    }

    /// `where` or `wherenot` with the one step that is tried; what follows leads on from the values that are kept.
    private mutating func having() throws(SelectorError) -> JSONPath.Segment? {
        let start = at
        skipSpace()
        guard let word = bareName(), word.elementsEqual("where".utf8) || word.elementsEqual("wherenot".utf8) else {
            at = start
            return nil
        }
        skipSpace()
        var step = JSONPath.Query()
        step.isAbsolute = false
        var name = try string()
        if name == nil { name = bareName() }
        if let name {
            step.segments = [JSONPath.Segment(isDescendant: false, selectors: [.name(name)])]
        } else {
            let selectors = try byte == UInt8(ascii: "[") ? bracket() : self.step()
            step.segments = [JSONPath.Segment(isDescendant: false, selectors: selectors)]
        }
        return JSONPath.Segment(isDescendant: false, selectors: [.having(step, isNegated: word.count > 5)])
    }

    private mutating func segment() throws(SelectorError) -> JSONPath.Segment? {
        let start = at
        skipSpace()
        if take("..") {
            return JSONPath.Segment(isDescendant: true, selectors: try afterDots())
        }
        if take(".") {
            return JSONPath.Segment(isDescendant: false, selectors: try afterDots())
        }
        if byte == UInt8(ascii: "[") {
            return JSONPath.Segment(isDescendant: false, selectors: try bracket())
        }
        at = start
        return nil
    }

    private mutating func afterDots() throws(SelectorError) -> [JSONPath.Selector] {
        try byte == UInt8(ascii: "[") ? bracket() : steps()
    }

    /// One step or several joined by `|` or, names only, by a comma: in jsonpath-ng these bind tighter than dots.
    private mutating func steps() throws(SelectorError) -> [JSONPath.Selector] {
        var selectors = try step()
        while true {
            let start = at
            skipSpace()
            if take("|") {
                skipSpace()
                // A root begins another query, and `||` belongs to a filter.
                if let byte, Self.isNameStart(byte) || "*`('\"".utf8.contains(byte) {
                    selectors += try step()
                    continue
                }
            } else if brackets == 0, take(",") {
                skipSpace()
                if let name = bareName() {
                    selectors.append(.name(name))
                    continue
                }
            }
            at = start
            return selectors
        }
    }

    private mutating func step() throws(SelectorError) -> [JSONPath.Selector] {
        if take("*") { return [.wildcard] }
        if byte == UInt8(ascii: "`") { return [.named(try namedOperator())] }
        if take("(") { return try deeper { parser throws(SelectorError) in try parser.stepsInBrackets() } }
        if let text = try string() { return [.name(text)] }
        guard let name = bareName() else { throw unexpected() }
        return [.name(name)]
    }

    /// After the bracket of `.(title|price.amount)`: queries from where it stands.
    private mutating func stepsInBrackets() throws(SelectorError) -> [JSONPath.Selector] {
        var selectors: [JSONPath.Selector] = []
        repeat {
            skipSpace()
            let isRooted = byte == UInt8(ascii: "$")
            var query = try self.query()
            query.isAbsolute = isRooted
            if !isRooted, query.segments.count == 1, !query.segments[0].isDescendant {
                selectors += query.segments[0].selectors
            } else {
                selectors.append(.path(query))
            }
            skipSpace()
        } while take("|")
        try expect(")")
        return selectors
    }

    private mutating func bracket() throws(SelectorError) -> [JSONPath.Selector] {
        try expect("[")
        brackets += 1
        defer { brackets -= 1 }
        var selectors: [JSONPath.Selector] = []
        repeat {
            skipSpace()
            selectors.append(try deeper { parser throws(SelectorError) in try parser.selector() })
            skipSpace()
        } while take(",")
        try expect("]")
        return Self.joinedSorts(selectors)
    }

    /// `[\a, /b]` sorts once by both.
    private static func joinedSorts(_ selectors: [JSONPath.Selector]) -> [JSONPath.Selector] {
        var keys: [JSONPath.SortKey] = []
        for selector in selectors {
            guard case .sort(let more) = selector else { return selectors }
            keys += more
        }
        return [.sort(keys)]
    }

    private mutating func selector() throws(SelectorError) -> JSONPath.Selector {
        if take("*") { return .wildcard }
        if take("?") {
            skipSpace()
            return .filter(try condition())
        }
        if take("/") || take("\\") {
            let isDescending = bytes[at - 1] == UInt8(ascii: "\\")
            var key = try query()
            key.isAbsolute = false
            return .sort([JSONPath.SortKey(query: key, isDescending: isDescending)])
        }
        if let text = try string() { return .name(text) }
        if let name = bareName() { return .name(name) }
        return try indexOrSlice()
    }

    private mutating func indexOrSlice() throws(SelectorError) -> JSONPath.Selector {
        let start = try integer()
        skipSpace()
        guard take(":") else {
            guard let start else { throw unexpected() }
            return .index(start)
        }
        skipSpace()
        let end = try integer()
        skipSpace()
        var step = 1
        if take(":") {
            skipSpace()
            step = try integer() ?? 1
        }
        return .slice(start: start, end: end, step: step)
    }

    private mutating func namedOperator() throws(SelectorError) -> JSONPath.Operator {
        at += 1
        guard let close = bytes[at...].firstIndex(of: UInt8(ascii: "`")) else {
            throw SelectorError(message: "a '`' is not closed")
        }
        let text = String(decoding: bytes[at..<close], as: UTF8.self)
        at = close + 1
        switch text {
        case "this": return .this
        case "parent": return .parent
        case "len": return .length
        case "keys": return .keys
        case "sorted": return .sorted
        case "str()": return .text
        default: return try operatorWithArguments(text)
        }
    }

    private func operatorWithArguments(_ text: String) throws(SelectorError) -> JSONPath.Operator {
        if text.hasPrefix("sub(/"), text.hasSuffix(")"), let comma = text.range(of: "/,", last: true) {
            let regex = text[text.index(text.startIndex, offsetBy: 5)..<comma.lowerBound]
            let replacement = text[comma.upperBound...].dropLast().drop(while: \.isWhitespace)
            return .substitute(try Self.pattern(String(regex)), with: Array(replacement.utf8))
        }
        if text.hasPrefix("split("), text.hasSuffix(")") {
            let parts = text.dropFirst(6).dropLast().split(separator: ",", omittingEmptySubsequences: false)
            let numbers = parts.suffix(2).map { Int($0.filter { !$0.isWhitespace }) }
            if parts.count >= 3, let index = numbers[0], let most = numbers[1] {
                let separator = parts.dropLast(2).joined(separator: ",").filter { $0 != "'" && $0 != "\"" }
                return .split(separator: Array(separator.utf8), index: index, most: most)
            }
        }
        throw SelectorError(message: "`\(text.prefix(40))` is not an operator")
    }

    /// A case-sensitive regex.
    static func pattern(_ regex: String) throws(SelectorError) -> Pattern {
        do {
            return try Pattern("/\(regex)/u")
        } catch {
            throw SelectorError(message: "'\(regex.prefix(60))' is not a valid regex: \(error.message)")
        }
    }
}

extension String {
    /// Where `text` first or last stands.
    func range(of text: String, last: Bool) -> Range<String.Index>? {
        var found = firstRange(of: text)
        while last, let range = found, let next = self[range.upperBound...].firstRange(of: text) { found = next }
        return found
    }
}

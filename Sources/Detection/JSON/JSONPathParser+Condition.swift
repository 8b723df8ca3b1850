/// Filters: `||` binds weaker than `&&`, that weaker than `!` and comparisons (RFC 9535, 2.3.5).
extension JSONPathParser {
    mutating func condition() throws(SelectorError) -> JSONPath.Condition {
        try deeper { parser throws(SelectorError) in
            var parts = [try parser.conjunction()]
            while parser.takeOperator("||") { parts.append(try parser.conjunction()) }
            return parts.count == 1 ? parts[0] : .or(parts)
        }
    }

    private mutating func conjunction() throws(SelectorError) -> JSONPath.Condition {
        var parts = [try basic()]
        while takeOperator("&&") || takeOperator("&") { parts.append(try basic()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func takeOperator(_ text: StaticString) -> Bool {
        skipSpace()
        return take(text)
    }

    private mutating func basic() throws(SelectorError) -> JSONPath.Condition {
        skipSpace()
        if byte == UInt8(ascii: "!"), !sees("!=") {
            at += 1
            return .not(try deeper { parser throws(SelectorError) in try parser.basic() })
        }
        if take("(") {
            let inner = try condition()
            try expect(")")
            return inner
        }
        let left = try operand(isLeft: true)
        skipSpace()
        if take("=~") {
            skipSpace()
            guard let regex = try string() else { throw unexpected() }
            return .matches(left.operand, try Self.pattern(String(decoding: regex, as: UTF8.self)))
        }
        if let comparison = comparison() {
            skipSpace()
            let right = try operand(isLeft: false)
            guard left.test == nil, right.test == nil else {
                throw SelectorError(message: "match() and search() are not compared, they are true or false")
            }
            return .compares(left.operand, comparison, right.operand)
        }
        if let test = left.test { return test }
        guard case .query(let query) = left.operand else { throw unexpected() }
        return .exists(query)
    }

    private mutating func comparison() -> JSONPath.Comparison? {
        if take("==") { return .equal }
        if take("!=") { return .unequal }
        if take("<=") { return .lessOrEqual }
        if take(">=") { return .greaterOrEqual }
        if take("<") { return .less }
        if take(">") { return .greater }
        return take("=") ? .equal : nil
    }

    /// A value to compare, or a function that is a test by itself.
    private typealias Term = (operand: JSONPath.Operand, test: JSONPath.Condition?)

    /// A bare word is a field on the left and a text on the right.
    private mutating func operand(isLeft: Bool) throws(SelectorError) -> Term {
        if let text = try string() { return (.literal(.string(text)), nil) }
        if let byte, ByteClass.isDigit(byte) || byte == UInt8(ascii: "-") {
            return (.literal(.number(try number())), nil)
        }
        let start = at
        if let word = bareName() {
            switch String(decoding: word, as: UTF8.self) {
            case "true", "True": return (.literal(.bool(true)), nil)
            case "false", "False": return (.literal(.bool(false)), nil)
            case "null", "None": return (.literal(.null), nil)
            case let name where byte == UInt8(ascii: "("): return try function(name)
            case _ where !isLeft: return (.literal(.string(word)), nil)
            default: break
            }
        }
        at = start
        let isBare = byte != UInt8(ascii: "$")
        var query = try self.query()
        if isBare { query.isAbsolute = false }
        return (.query(query), nil)
    }

    private mutating func number() throws(SelectorError) -> [UInt8] {
        var scanner = JSONCursor(Array(bytes[at...]))
        guard let spelling = scanner.number() else { throw unexpected() }
        at += spelling.count
        return Array(spelling)
    }

    private mutating func function(_ name: String) throws(SelectorError) -> Term {
        try deeper { parser throws(SelectorError) in
            try parser.expect("(")
            parser.skipSpace()
            let argument = try parser.operand(isLeft: true).operand
            let term: Term
            switch name {
            case "length": term = (.length(argument), nil)
            case "count", "value":
                guard case .query(let query) = argument else { throw parser.unexpected() }
                term = (name == "count" ? .count(query) : .value(query), nil)
            case "match", "search":
                try parser.expect(",")
                parser.skipSpace()
                guard let regex = try parser.string() else {
                    throw SelectorError(message: "\(name)() needs its regex as a text in quotes")
                }
                let source = String(decoding: regex, as: UTF8.self)
                let whole = name == "match" ? "\\A(?:\(source))\\z" : source
                term = (argument, .matches(argument, try Self.pattern(whole)))
            default: throw SelectorError(message: "'\(name)()' is not a function of JSONPath")
            }
            try parser.expect(")")
            return term
        }
    }
}

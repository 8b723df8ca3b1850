import Foundation

/// Reads a template: text and tags first, then what stands in a tag.
struct TemplateParser {
    private static let depthLimit = 50

    private let source: [Character]
    private var at = 0
    private var depth = 0

    init(_ source: String) { self.source = Array(source) }

    mutating func parse() throws(TemplateError) -> [TemplatePart] {
        var ending = ""
        let parts = try parts(until: [], &ending)
        return parts
    }

    private func sees(_ text: String) -> Bool {
        source[at...].starts(with: text)
    }

    private mutating func take(_ text: String) -> Bool {
        guard sees(text) else { return false }
        at += text.count
        return true
    }

    /// Parts up to a tag whose word is one of `ends`, which is put into `ending` with the tag still to be read on.
    private mutating func parts(until ends: Set<String>, _ ending: inout String) throws(TemplateError) -> [TemplatePart]
    {
        guard depth < Self.depthLimit else { throw TemplateError("it is nested too deep") }
        depth += 1
        defer { depth -= 1 }
        var parts: [TemplatePart] = []
        var text = ""
        func flush() {
            if !text.isEmpty { parts.append(.text(text)) }
            text = ""
        }
        while at < source.count {
            if take("{#") {
                while at < source.count, !sees("#}") { at += 1 }
                guard take("#}") else { throw TemplateError("a comment is not closed by #}") }
            } else if take("{{") {
                flush()
                _ = take("-")
                parts.append(.value(try expression()))
                try close("}}")
            } else if take("{%") {
                flush()
                _ = take("-")
                let word = try name()
                if ends.contains(word) {
                    ending = word
                    return parts
                }
                try addTag(word, to: &parts)
            } else {
                text.append(source[at])
                at += 1
            }
        }
        guard ends.isEmpty else { throw TemplateError("an {% if %} is not closed by {% endif %}") }
        flush()
        return parts
    }

    private mutating func addTag(_ word: String, to parts: inout [TemplatePart]) throws(TemplateError) {
        switch word {
        case "now": parts.append(try now())
        case "set":
            let name = try name()
            guard takeSign("=") else { throw TemplateError("'=' is missing after {% set \(name)") }
            parts.append(.set(name, try expression()))
            try close("%}")
        case "if": parts.append(try choice())
        case "raw":
            try close("%}")
            var raw = ""
            while at < source.count, !seesEndOfRaw() {
                raw.append(source[at])
                at += 1
            }
            guard take("{%") else { throw TemplateError("a {% raw %} is not closed by {% endraw %}") }
            _ = take("-")
            _ = try name()
            try close("%}")
            parts.append(.text(raw))
        default: throw TemplateError("{% \(word) %} is not supported")
        }
    }

    private func seesEndOfRaw() -> Bool {
        guard sees("{%") else { return false }
        return source[(at + 2)...].drop { $0 == " " || $0 == "-" }.starts(with: "endraw")
    }

    private mutating func choice() throws(TemplateError) -> TemplatePart {
        var branches: [(condition: TemplateExpression?, parts: [TemplatePart])] = []
        var word = "if"
        while word != "endif" {
            let condition = word == "else" ? nil : try expression()
            try close("%}")
            let isLast = word == "else"
            let parts = try parts(until: isLast ? ["endif"] : ["elif", "else", "endif"], &word)
            branches.append((condition, parts))
        }
        try close("%}")
        return .choice(branches)
    }

    /// `now 'zone' [+ 'days=1'] [, 'format']`
    private mutating func now() throws(TemplateError) -> TemplatePart {
        let zone = try primary()
        var offset: TemplateExpression?
        var isBack = false
        if takeSign("-") { isBack = true } else if !takeSign("+") { isBack = false }
        skipSpace()
        if at < source.count, source[at] == "'" || source[at] == "\"" { offset = try primary() }
        var format: TemplateExpression?
        if takeSign(",") { format = try expression() }
        try close("%}")
        return .now(zone: zone, offset: offset, isBack: isBack, format: format)
    }

    // MARK: Expressions

    private mutating func skipSpace() {
        while at < source.count, source[at].isWhitespace { at += 1 }
    }

    private mutating func takeSign(_ sign: String) -> Bool {
        skipSpace()
        return take(sign)
    }

    private mutating func takeWord(_ word: String) -> Bool {
        skipSpace()
        guard sees(word) else { return false }
        let after = at + word.count
        guard after >= source.count || !Self.isNamePart(source[after]) else { return false }
        at = after
        return true
    }

    private mutating func close(_ tag: String) throws(TemplateError) {
        skipSpace()
        if sees("-" + tag) { at += 1 }
        guard take(tag) else { throw TemplateError("'\(tag)' is missing at character \(at + 1)") }
    }

    private static func isNamePart(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }

    private mutating func name() throws(TemplateError) -> String {
        skipSpace()
        let start = at
        while at < source.count, Self.isNamePart(source[at]) { at += 1 }
        guard at > start, !source[start].isNumber else { throw unexpected() }
        return String(source[start..<at])
    }

    private func unexpected() -> TemplateError {
        guard at < source.count else { return TemplateError("it ends too early") }
        return TemplateError(
            "'\(String(source[at..<min(source.count, at + 20)]))' was not expected at character \(at + 1)")
    }

    private mutating func expression() throws(TemplateError) -> TemplateExpression {
        guard depth < Self.depthLimit else { throw TemplateError("it is nested too deep") }
        depth += 1
        defer { depth -= 1 }
        let first = try binary(0)
        guard takeWord("if") else { return first }
        let condition = try binary(0)
        return .choice(first, if: condition, else: takeWord("else") ? try expression() : nil)
    }

    /// The signs of each level, weakest first; longer ones before those that they begin with.
    private static let levels = [
        ["or"], ["and"], ["==", "!=", "<=", ">=", "<", ">", "in"], ["+", "-", "~"], ["*", "//", "/", "%"],
    ]

    private mutating func binary(_ level: Int) throws(TemplateError) -> TemplateExpression {
        guard level < Self.levels.count else { return try unary() }
        if level == 2, takeWord("not") { return .not(try binary(level)) }
        var left = try binary(level + 1)
        var count = 0
        search: while true {
            for sign in Self.levels[level] where takeOperator(sign) {
                count += 1
                guard count < 200 else { throw TemplateError("it has too many operators in a row") }
                left = .binary(sign, left, try binary(level + 1))
                continue search
            }
            return left
        }
    }

    private mutating func takeOperator(_ sign: String) -> Bool {
        if sign.first?.isLetter == true { return takeWord(sign) }
        skipSpace()
        // The end of a tag is no operator.
        if sees("%}") || sees("-%}") || sees("-}}") { return false }
        return take(sign)
    }

    private mutating func unary() throws(TemplateError) -> TemplateExpression {
        if takeSign("-") { return .negative(try filtered()) }
        return try filtered()
    }

    private mutating func filtered() throws(TemplateError) -> TemplateExpression {
        var expression = try primary()
        var count = 0
        while takeSign("|") {
            count += 1
            guard count < 50 else { throw TemplateError("it has too many filters in a row") }
            let name = try name()
            guard let filter = TemplateFilter(rawValue: name) else { throw TemplateError("'\(name)' is not a filter") }
            var arguments: [TemplateExpression] = []
            if take("(") {
                while !takeSign(")") {
                    // A name before an argument says no more than its place does.
                    arguments.append(try argument())
                    if !takeSign(",") {
                        guard takeSign(")") else { throw unexpected() }
                        break
                    }
                }
            }
            guard filter.argumentCounts.contains(arguments.count) else {
                throw TemplateError("'\(name)' does not take \(arguments.count) arguments")
            }
            expression = .filter(filter, expression, arguments)
        }
        return expression
    }

    private mutating func argument() throws(TemplateError) -> TemplateExpression {
        let start = at
        skipSpace()
        if let _ = try? name(), takeSign("="), !sees("=") { return try expression() }
        at = start
        return try expression()
    }

    private mutating func primary() throws(TemplateError) -> TemplateExpression {
        skipSpace()
        guard at < source.count else { throw unexpected() }
        let first = source[at]
        if first == "'" || first == "\"" { return .text(try literal(first)) }
        if first.isASCII, first.isNumber { return try number() }
        if take("(") {
            let inner = try expression()
            guard takeSign(")") else { throw unexpected() }
            return inner
        }
        let word = try name()
        switch word {
        case "true", "True": return .bool(true)
        case "false", "False": return .bool(false)
        case "none", "None": return .none
        default: break
        }
        skipSpace()
        if sees("(") || sees(".") || sees("[") {
            throw TemplateError("'\(word)' cannot be called or indexed: only values and filters are supported")
        }
        return .variable(word)
    }

    private mutating func literal(_ quote: Character) throws(TemplateError) -> String {
        at += 1
        var text = ""
        while at < source.count, source[at] != quote {
            if source[at] == "\\", at + 1 < source.count {
                at += 1
                text.append(source[at] == "n" ? "\n" : source[at] == "t" ? "\t" : source[at])
            } else {
                text.append(source[at])
            }
            at += 1
        }
        guard at < source.count else { throw TemplateError("a text in quotes is not closed") }
        at += 1
        return text
    }

    private mutating func number() throws(TemplateError) -> TemplateExpression {
        let start = at
        while at < source.count, source[at].isASCII, source[at].isNumber || source[at] == "." { at += 1 }
        guard let value = Double(String(source[start..<at])) else { throw unexpected() }
        return .number(value)
    }
}

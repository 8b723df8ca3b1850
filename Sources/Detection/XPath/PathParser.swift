/// Reads an XPath expression: each function takes one production of XPath 3.1's grammar (appendix A.1), weakest binding
/// first.
struct PathParser {
    /// How deep brackets and operators may nest: what is read recursively is evaluated recursively.
    private static let depthLimit = 100
    private static let chainLimit = 200

    let bytes: [UInt8]
    var at = 0
    private var depth = 0
    private var names: [[UInt8]] = []
    private(set) var slotCount = 0

    init(_ source: String) { bytes = Array(source.utf8) }

    mutating func parse() throws(SelectorError) -> PathTerm {
        let term = try expression()
        skipSpace()
        guard at == bytes.count else { throw unexpected() }
        return term
    }

    /// One or more expressions between commas.
    mutating func expression() throws(SelectorError) -> PathTerm {
        var terms = [try single()]
        while take(",") { terms.append(try single()) }
        return terms.count == 1 ? terms[0] : .sequence(terms)
    }

    mutating func single() throws(SelectorError) -> PathTerm {
        guard depth < Self.depthLimit else { throw SelectorError(message: "it is nested too deep") }
        depth += 1
        defer { depth -= 1 }
        skipSpace()
        if sees(word: "for"), seesNext("$", after: 3) { return try binding("for", "in") }
        if sees(word: "let"), seesNext("$", after: 3) { return try binding("let", ":=") }
        if sees(word: "some"), seesNext("$", after: 4) { return try binding("some", "in") }
        if sees(word: "every"), seesNext("$", after: 5) { return try binding("every", "in") }
        if sees(word: "if"), seesNext("(", after: 2) { return try choice() }
        return try chain(Self.weakest)
    }

    private mutating func choice() throws(SelectorError) -> PathTerm {
        at += 2
        try expect("(")
        let condition = try expression()
        try expect(")")
        try expect(word: "then")
        let first = try single()
        try expect(word: "else")
        return .choice(condition, then: first, else: try single())
    }

    /// `for`, `let`, `some` and `every`, with several names between commas.
    private mutating func binding(_ kind: StaticString, _ sign: StaticString) throws(SelectorError) -> PathTerm {
        at += kind.utf8CodeUnitCount
        return try bindings("\(kind)", "\(sign)")
    }

    private mutating func bindings(_ kind: String, _ sign: String) throws(SelectorError) -> PathTerm {
        guard names.count < Self.depthLimit else { throw SelectorError(message: "it is nested too deep") }
        try expect("$")
        let name = try variableName()
        if sign == "in" { try expect(word: "in") } else { try expect(":=") }
        let value = try single()
        let slot = names.count
        names.append(name)
        defer { names.removeLast() }
        slotCount = max(slotCount, names.count)
        let body: PathTerm
        if take(",") {
            body = try bindings(kind, sign)
        } else {
            try expect(word: kind == "some" || kind == "every" ? "satisfies" : "return")
            body = try single()
        }
        switch kind {
        case "for": return .forEach(slot, in: value, body)
        case "let": return .bind(slot, to: value, in: body)
        default: return .quantified(isEvery: kind == "every", slot, in: value, body)
        }
    }

    private mutating func variableName() throws(SelectorError) -> [UInt8] {
        skipSpace()
        guard let name = name() else { throw unexpected() }
        return name
    }

    mutating func variable() throws(SelectorError) -> PathTerm {
        let name = try variableName()
        guard let slot = names.lastIndex(of: name) else {
            throw SelectorError(message: "'$\(String(decoding: name, as: UTF8.self))' is not defined")
        }
        return .variable(slot)
    }

    // MARK: Operators

    /// The levels of binary operators, weakest first.
    private enum Level: Int {
        case or, and, comparison, concatenation, range, additive, multiplicative, union, intersection
    }

    private static var weakest: Level { .or }

    private mutating func chain(_ level: Level) throws(SelectorError) -> PathTerm {
        func next(_ parser: inout PathParser) throws(SelectorError) -> PathTerm {
            guard let tighter = Level(rawValue: level.rawValue + 1) else { return try parser.unary() }
            return try parser.chain(tighter)
        }
        var left = try next(&self)
        var count = 0
        while let join = operation(level) {
            count += 1
            guard count < Self.chainLimit else { throw SelectorError(message: "it has too many operators in a row") }
            left = join(left, try next(&self))
            if level == .comparison || level == .range { break }
        }
        return left
    }

    private typealias Join = (PathTerm, PathTerm) -> PathTerm

    private mutating func operation(_ level: Level) -> Join? {
        skipSpace()
        switch level {
        case .or: return take(word: "or") ? { .or($0, $1) } : nil
        case .and: return take(word: "and") ? { .and($0, $1) } : nil
        case .comparison: return comparison()
        case .concatenation: return take("||") ? { .concatenation($0, $1) } : nil
        case .range: return take(word: "to") ? { .range($0, $1) } : nil
        case .additive:
            if take("+") { return { .arithmetic(.add, $0, $1) } }
            return take("-") ? { .arithmetic(.subtract, $0, $1) } : nil
        case .multiplicative: return multiplicative()
        case .union:
            if take(word: "union") { return { .nodeSets(.union, $0, $1) } }
            return !sees("||") && take("|") ? { .nodeSets(.union, $0, $1) } : nil
        case .intersection:
            if take(word: "intersect") { return { .nodeSets(.intersection, $0, $1) } }
            return take(word: "except") ? { .nodeSets(.difference, $0, $1) } : nil
        }
    }

    private mutating func multiplicative() -> Join? {
        if take("*") { return { .arithmetic(.multiply, $0, $1) } }
        if take(word: "div") { return { .arithmetic(.divide, $0, $1) } }
        if take(word: "idiv") { return { .arithmetic(.divideWhole, $0, $1) } }
        return take(word: "mod") ? { .arithmetic(.remainder, $0, $1) } : nil
    }

    private mutating func comparison() -> Join? {
        if take("<<") { return { .order(.before, $0, $1) } }
        if take(">>") { return { .order(.after, $0, $1) } }
        if take(word: "is") { return { .order(.same, $0, $1) } }
        let signs: [(StaticString, PathComparison)] = [
            ("!=", .unequal), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("=", .equal), ("<", .less),
            (">", .greater),
        ]
        for (sign, meaning) in signs where take(sign) { return { .comparison(meaning, isValue: false, $0, $1) } }
        let words: [(StaticString, PathComparison)] = [
            ("eq", .equal), ("ne", .unequal), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ]
        for (word, meaning) in words where take(word: word) { return { .comparison(meaning, isValue: true, $0, $1) } }
        return nil
    }

    private mutating func unary() throws(SelectorError) -> PathTerm {
        var isNegative = false
        var count = 0
        while true {
            skipSpace()
            if take("-") { isNegative.toggle() } else if !take("+") { break }
            count += 1
            guard count < Self.chainLimit else { throw SelectorError(message: "it has too many operators in a row") }
        }
        var term = try path()
        // `!` binds tighter than a sign, `=>` looser than `!`.
        count = 0
        while true {
            skipSpace()
            count += 1
            guard count < Self.chainLimit else { throw SelectorError(message: "it has too many operators in a row") }
            if !sees("!="), take("!") {
                term = .map(term, try path())
            } else if take("=>") {
                term = try arrow(term)
            } else {
                break
            }
        }
        term = try typed(count > 0 && isNegative ? .negation(term) : term)
        try refuseTypes()
        return term
    }

    private mutating func arrow(_ first: PathTerm) throws(SelectorError) -> PathTerm {
        skipSpace()
        guard let name = qualifiedName() else { throw unexpected() }
        try expect("(")
        return try call(name, first: [first])
    }

    /// `castable as` and `cast as`, which bind looser than what stands before them.
    private mutating func typed(_ term: PathTerm) throws(SelectorError) -> PathTerm {
        var term = term
        for word in ["cast", "castable"] as [StaticString] {
            skipSpace()
            guard sees(word: word), seesNext("as", after: word.utf8CodeUnitCount) else { continue }
            _ = take(word: word)
            try expect(word: "as")
            skipSpace()
            guard let name = qualifiedName() else { throw unexpected() }
            let types: [String: PathFunction] = [
                "xs:string": .xsString, "xs:integer": .xsInteger, "xs:decimal": .xsDecimal, "xs:double": .xsDouble,
                "xs:float": .xsDouble, "xs:boolean": .xsBoolean,
            ]
            let written = String(decoding: name, as: UTF8.self)
            guard let type = types[written] else {
                throw SelectorError(
                    message: "'\(written)' is not one of \(types.keys.sorted().joined(separator: ", "))")
            }
            let isOptional = take("?")
            term =
                "\(word)" == "cast"
                ? .cast(term, to: type, isOptional: isOptional)
                : .castable(term, to: type, isOptional: isOptional)
        }
        return term
    }

    private mutating func refuseTypes() throws(SelectorError) {
        skipSpace()
        for word in ["instance", "treat"] as [StaticString] where sees(word: word) {
            throw SelectorError(message: "'\(word)' is not supported: pages have no types")
        }
    }
}

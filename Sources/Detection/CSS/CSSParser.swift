/// Reads CSS selectors as people paste them from browsers' tools; names count in any case, in XML too.
struct CSSParser {
    /// Brackets nested deeper than this are refused, since reading them takes the stack.
    private static let depthLimit = 20
    let text: [UInt8]
    var at = 0
    private var depth = 0

    static func parse(_ text: String) throws(SelectorError) -> CSSSelector {
        var parser = CSSParser(text: Array(text.utf8))
        let selector = try parser.group()
        guard parser.at == parser.text.count else { throw parser.unexpected() }
        return selector
    }

    private init(text: [UInt8]) { self.text = text }

    var byte: UInt8? { at < text.count ? text[at] : nil }

    func unexpected() -> SelectorError {
        guard at < text.count else { return SelectorError(message: "it ends too early") }
        let rest = String(decoding: text[at...].prefix(20), as: UTF8.self)
        return SelectorError(message: "it cannot be understood from '\(rest)' on")
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: wanted) else { return false }
        at += 1
        return true
    }

    mutating func expect(_ wanted: Unicode.Scalar) throws(SelectorError) {
        if !take(wanted) { throw unexpected() }
    }

    /// Skips white space and comments and says whether there was white space: a comment parts names, it joins nothing
    /// (CSS Syntax level 3, 4.3.2).
    @discardableResult
    mutating func skipSpace() -> Bool {
        var hasSpace = false
        while let byte {
            if ByteClass.isSpace(byte) {
                at += 1
                hasSpace = true
            } else if !skipComment() {
                break
            }
        }
        return hasSpace
    }

    /// Skips one comment; false when there is none or it does not end.
    private mutating func skipComment() -> Bool {
        guard text[at...].starts(with: "/*".utf8) else { return false }
        var end = at + 2
        while end < text.count, !text[end...].starts(with: "*/".utf8) { end += 1 }
        guard end < text.count else { return false }
        at = end + 2
        return true
    }

    // MARK: Groups, combinators, compounds

    /// A forgiving group may be empty or have empty places, which match nothing (Selectors level 4, 17.1).
    mutating func group(relative: Bool = false, isForgiving: Bool = false) throws(SelectorError) -> CSSSelector {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw SelectorError(message: "its brackets are nested too deep") }
        var alternatives: [CSSSelector.Complex] = []
        repeat {
            skipSpace()
            if isForgiving, byte == UInt8(ascii: ",") || byte == UInt8(ascii: ")") { continue }
            alternatives.append(try complex(relative: relative))
            skipSpace()
        } while take(",")
        return CSSSelector(alternatives: alternatives)
    }

    private mutating func combinator() -> CSSSelector.Combinator? {
        if take(">") { return .child }
        if take("+") { return .adjacent }
        return take("~") ? .sibling : nil
    }

    /// A complex selector; a relative one begins at the element that is asked about.
    private mutating func complex(relative: Bool) throws(SelectorError) -> CSSSelector.Complex {
        var compounds: [CSSSelector.Compound] = []
        var combinators: [CSSSelector.Combinator] = []
        if relative {
            compounds.append(CSSSelector.Compound(tests: [.scope]))
            combinators.append(combinator() ?? .descendant)
            skipSpace()
        }
        compounds.append(try compound())
        while true {
            let hasSpace = skipSpace()
            if let explicit = combinator() {
                skipSpace()
                combinators.append(explicit)
            } else if hasSpace, let byte, byte != UInt8(ascii: ","), byte != UInt8(ascii: ")") {
                combinators.append(.descendant)
            } else {
                break
            }
            compounds.append(try compound())
        }
        return CSSSelector.Complex(compounds: compounds.reversed(), combinators: combinators.reversed())
    }

    private mutating func compound() throws(SelectorError) -> CSSSelector.Compound {
        var compound = CSSSelector.Compound()
        let start = at
        if take("*") {
            if take("|") { compound.name = try typeName() }
        } else if take("|") {
            compound.name = try typeName()
        } else if startsName {
            compound.name = try typeName()
            if byte == UInt8(ascii: "|"), at + 1 < text.count, text[at + 1] != UInt8(ascii: "=") {
                // Names are kept with their prefix, as the page spells them.
                let prefix = String(decoding: text[start..<at], as: UTF8.self)
                at += 1
                let local = try identifier()
                compound.name = TagName(prefix + ":" + local)
            }
        }
        while let byte {
            switch byte {
            case UInt8(ascii: "#"):
                at += 1
                compound.tests.append(.id(Array(try identifier(mayStartWithDigit: true).utf8)))
            case UInt8(ascii: "."):
                at += 1
                compound.tests.append(.className(Array(try identifier().utf8)))
            case UInt8(ascii: "["): try attribute(into: &compound)
            case UInt8(ascii: ":"): try pseudoClass(into: &compound)
            case UInt8(ascii: "/") where at > start && skipComment(): continue
            default:
                guard at > start else { throw unexpected() }
                return compound
            }
        }
        guard at > start else { throw unexpected() }
        return compound
    }

    private mutating func typeName() throws(SelectorError) -> TagName? {
        if take("*") { return nil }
        return TagName(try identifier())
    }

    // MARK: Attributes

    private mutating func attribute(into compound: inout CSSSelector.Compound) throws(SelectorError) {
        try expect("[")
        skipSpace()
        if take("*") { try expect("|") } else { _ = take("|") }
        var name = try identifier()
        if byte == UInt8(ascii: "|"), at + 1 < text.count, text[at + 1] != UInt8(ascii: "=") {
            at += 1
            name += ":" + (try identifier())
        }
        var test = CSSSelector.AttributeTest(name: Array(name.lowercased().utf8), relation: .exists)
        skipSpace()
        var isNegated = false
        if !take("]") {
            isNegated = try relation(into: &test)
            skipSpace()
            test.value = Array(
                try byte == 0x22 || byte == 0x27 ? string().utf8 : identifier(mayStartWithDigit: true).utf8)
            skipSpace()
            if let flag = byte, flag | 0x20 == UInt8(ascii: "i") || flag | 0x20 == UInt8(ascii: "s") {
                at += 1
                test.ignoresCase = flag | 0x20 == UInt8(ascii: "i")
                skipSpace()
            }
            try expect("]")
        }
        let only = CSSSelector.Compound(tests: [.attribute(test)])
        let negation = CSSSelector(alternatives: [CSSSelector.Complex(compounds: [only], combinators: [])])
        compound.tests.append(isNegated ? .not(negation) : .attribute(test))
    }

    /// Reads the operator; true for `!=`, which soupsieve has and which means "does not equal".
    private mutating func relation(into test: inout CSSSelector.AttributeTest) throws(SelectorError) -> Bool {
        guard let byte else { throw unexpected() }
        switch byte {
        case UInt8(ascii: "="): test.relation = .equals
        case UInt8(ascii: "~"): test.relation = .includes
        case UInt8(ascii: "|"): test.relation = .dash
        case UInt8(ascii: "^"): test.relation = .prefix
        case UInt8(ascii: "$"): test.relation = .suffix
        case UInt8(ascii: "*"): test.relation = .substring
        case UInt8(ascii: "!"): test.relation = .equals
        default: throw unexpected()
        }
        if byte != UInt8(ascii: "=") { at += 1 }
        try expect("=")
        return byte == UInt8(ascii: "!")
    }
}

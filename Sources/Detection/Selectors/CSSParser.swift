/// What is wrong with a selector or an expression, in words for people.
struct SelectorError: Error, Hashable {
    let message: String
}

/// Reads CSS selectors as people paste them from browsers' tools; names count in any case, in XML too.
struct CSSParser {
    /// Brackets nested deeper than this are refused, since reading them takes the stack.
    private static let depthLimit = 20
    let text: [UInt8]
    var at = 0
    private var depth = 0

    static func parse(_ text: String) throws(SelectorError) -> CSSSelector {
        var parser = CSSParser(text: Array(text.utf8))
        let selector = try parser.group(relative: false)
        guard parser.at == parser.text.count else { throw parser.unexpected() }
        return selector
    }

    private init(text: [UInt8]) { self.text = text }

    var byte: UInt8? { at < text.count ? text[at] : nil }

    func unexpected() -> SelectorError {
        guard at < text.count else { return SelectorError(message: "it ends too early") }
        let rest = String(decoding: text[at...].prefix(20), as: UTF8.self)
        return SelectorError(message: "it is not understood from '\(rest)' on")
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: wanted) else { return false }
        at += 1
        return true
    }

    mutating func expect(_ wanted: Unicode.Scalar) throws(SelectorError) {
        if !take(wanted) { throw unexpected() }
    }

    /// Skips white space and comments and says whether there was any.
    @discardableResult
    mutating func skipSpace() -> Bool {
        let start = at
        while let byte {
            if ByteClass.isSpace(byte) {
                at += 1
            } else if byte == UInt8(ascii: "/"), at + 1 < text.count, text[at + 1] == UInt8(ascii: "*") {
                at += 2
                while at < text.count, !(text[at] == UInt8(ascii: "/") && text[at - 1] == UInt8(ascii: "*")) { at += 1 }
                at = min(at + 1, text.count)
            } else {
                break
            }
        }
        return at > start
    }

    // MARK: Groups, combinators, compounds

    private mutating func group(relative: Bool) throws(SelectorError) -> CSSSelector {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw SelectorError(message: "its brackets are nested too deep") }
        var alternatives: [CSSSelector.Complex] = []
        repeat {
            skipSpace()
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

    // MARK: Pseudo-classes

    private mutating func pseudoClass(into compound: inout CSSSelector.Compound) throws(SelectorError) {
        let start = at
        try expect(":")
        let name = try identifier().lowercased()
        if !take("(") {
            guard let tests = Self.plainPseudoClasses[name] else {
                at = start
                throw SelectorError(message: "':\(name)' is not known or means nothing outside a browser")
            }
            compound.tests += tests
            return
        }
        skipSpace()
        switch name {
        case "is", "where", "matches", "any", "-webkit-any": compound.tests.append(.any(try group(relative: false)))
        case "not": compound.tests.append(.not(try group(relative: false)))
        case "has": compound.tests.append(.has(try group(relative: true)))
        case "nth-child": compound.tests.append(.nth(try nth(fromEnd: false, ofType: false)))
        case "nth-last-child": compound.tests.append(.nth(try nth(fromEnd: true, ofType: false)))
        case "nth-of-type": compound.tests.append(.nth(try nth(fromEnd: false, ofType: true)))
        case "nth-last-of-type": compound.tests.append(.nth(try nth(fromEnd: true, ofType: true)))
        case "contains", "-soup-contains", "has-text": compound.tests.append(.contains(try words(), own: false))
        case "-soup-contains-own", "contains-own": compound.tests.append(.contains(try words(), own: true))
        default: throw SelectorError(message: "':\(name)()' is not known or means nothing outside a browser")
        }
        skipSpace()
        try expect(")")
    }

    private static let plainPseudoClasses: [String: [CSSSelector.Test]] = {
        func nth(_ fromEnd: Bool, _ ofType: Bool) -> CSSSelector.Test {
            .nth(CSSSelector.Nth(step: 0, offset: 1, fromEnd: fromEnd, ofType: ofType))
        }
        return [
            "first-child": [nth(false, false)], "last-child": [nth(true, false)],
            "first-of-type": [nth(false, true)], "last-of-type": [nth(true, true)],
            "only-child": [nth(false, false), nth(true, false)], "only-of-type": [nth(false, true), nth(true, true)],
            "root": [.root], "scope": [.root], "empty": [.empty], "link": [.link], "any-link": [.link],
            "checked": [.checked], "disabled": [.disabled], "enabled": [.enabled],
        ]
    }()

    /// One or more texts, separated by commas, quoted or not.
    private mutating func words() throws(SelectorError) -> [[UInt8]] {
        var words: [[UInt8]] = []
        repeat {
            skipSpace()
            if byte == 0x22 || byte == 0x27 {
                words.append(Array(try string().utf8))
            } else {
                let start = at
                while let byte, byte != UInt8(ascii: ")"), byte != UInt8(ascii: ",") { at += 1 }
                let word = Lines.trimmed(text[start..<at])
                guard !word.isEmpty else { throw unexpected() }
                words.append(Array(word))
            }
            skipSpace()
        } while take(",")
        return words
    }

    /// `odd`, `even`, `3`, `2n+1`, `-n + 3`, perhaps followed by `of` and selectors.
    private mutating func nth(fromEnd: Bool, ofType: Bool) throws(SelectorError) -> CSSSelector.Nth {
        let start = at
        while let byte, byte != UInt8(ascii: ")"), !isOfWord { at += 1 }
        let formula = String(decoding: text[start..<at].filter { !ByteClass.isSpace($0) }, as: UTF8.self).lowercased()
        guard var nth = Self.formula(formula) else {
            at = start
            throw unexpected()
        }
        nth.fromEnd = fromEnd
        nth.ofType = ofType
        if !ofType, isOfWord {
            at += 3
            nth.among = try group(relative: false)
        }
        return nth
    }

    private var isOfWord: Bool {
        at + 3 < text.count && ByteClass.isSpace(text[at]) && text[at + 1] | 0x20 == UInt8(ascii: "o")
            && text[at + 2] | 0x20 == UInt8(ascii: "f") && !ByteClass.isLetter(text[at + 3])
    }

    private static func formula(_ text: String) -> CSSSelector.Nth? {
        func number(_ text: Substring) -> Int? {
            guard text.utf8.count <= 9, text.last?.isNumber == true else { return nil }
            return Int(text)
        }
        if text == "odd" { return CSSSelector.Nth(step: 2, offset: 1) }
        if text == "even" { return CSSSelector.Nth(step: 2, offset: 0) }
        guard let n = text.firstIndex(of: "n") else {
            return number(text[...]).map { CSSSelector.Nth(step: 0, offset: $0) }
        }
        let before = text[..<n], after = text[text.index(after: n)...]
        let step: Int? = before.isEmpty || before == "+" ? 1 : before == "-" ? -1 : number(before)
        let offset: Int? = after.isEmpty ? 0 : "+-".contains(after.first ?? " ") ? number(after) : nil
        guard let step, let offset else { return nil }
        return CSSSelector.Nth(step: step, offset: offset)
    }
}

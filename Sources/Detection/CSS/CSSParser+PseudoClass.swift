import Differences

/// What begins with a colon, and its arguments.
extension CSSParser {
    mutating func pseudoClass(into compound: inout CSSSelector.Compound) throws(SelectorError) {
        let start = at
        try expect(":")
        let name = try identifier().lowercased()
        if !take("(") {
            guard let tests = CSSPseudoClass.tests(name) else {
                at = start
                throw SelectorError(message: "':\(name)' is not supported")
            }
            compound.tests += tests
            return
        }
        skipSpace()
        switch name {
        case "is", "where", "matches", "any", "-webkit-any": compound.tests.append(.any(try group(isForgiving: true)))
        case "not": compound.tests.append(.not(try group()))
        case "has": compound.tests.append(.has(try group(relative: true)))
        case "nth-child": compound.tests.append(.nth(try nth(fromEnd: false, ofType: false)))
        case "nth-last-child": compound.tests.append(.nth(try nth(fromEnd: true, ofType: false)))
        case "nth-of-type": compound.tests.append(.nth(try nth(fromEnd: false, ofType: true)))
        case "nth-last-of-type": compound.tests.append(.nth(try nth(fromEnd: true, ofType: true)))
        case "contains", "-soup-contains", "has-text": compound.tests.append(.contains(try words(), own: false))
        case "-soup-contains-own", "contains-own": compound.tests.append(.contains(try words(), own: true))
        case "lang": compound.tests.append(.language(try languages()))
        case "dir": compound.tests.append(try direction())
        case _ where CSSPseudoClass.matchesNothing(withArguments: name):
            _ = try group(isForgiving: true)
            compound.tests.append(.any(CSSSelector(alternatives: [])))
        default: throw SelectorError(message: "':\(name)()' is not supported")
        }
        skipSpace()
        try expect(")")
    }

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

    /// One or more languages, separated by commas, quoted or not.
    private mutating func languages() throws(SelectorError) -> [LanguageRange] {
        var ranges: [LanguageRange] = []
        repeat {
            skipSpace()
            let word = try byte == 0x22 || byte == 0x27 ? string() : identifier()
            ranges.append(LanguageRange(Array(word.utf8)))
            skipSpace()
        } while take(",")
        return ranges
    }

    private mutating func direction() throws(SelectorError) -> CSSSelector.Test {
        switch try identifier().lowercased() {
        case "ltr": .direction(isRightToLeft: false)
        case "rtl": .direction(isRightToLeft: true)
        default: .any(CSSSelector(alternatives: []))
        }
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
            nth.among = try group()
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

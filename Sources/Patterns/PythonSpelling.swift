/// A regex in Python's spelling, rewritten for PCRE2 where the two differ.
struct PythonSpelling {
    /// The same regex for PCRE2.
    let source: String
    /// `(?a)` stands at its beginning: letters, digits and blanks are those of ASCII.
    let isASCII: Bool

    init(_ regex: String) throws(PatternError) {
        let (rest, isASCII) = Self.withoutFlags(regex)
        self.isASCII = isASCII
        source = try Self.translated(rest)
    }

    /// The regex without the flags `a` and `u` that its beginning may give for all of it; PCRE2 knows the others.
    private static func withoutFlags(_ regex: String) -> (String, isASCII: Bool) {
        guard regex.hasPrefix("(?"), let end = regex.firstIndex(of: ")") else { return (regex, false) }
        let flags = regex[regex.index(regex.startIndex, offsetBy: 2)..<end]
        guard !flags.isEmpty, flags.allSatisfy("aimsux".contains) else { return (regex, false) }
        let others = flags.filter { $0 != "a" && $0 != "u" }
        let rest = regex[regex.index(after: end)...]
        return ((others.isEmpty ? "" : "(?\(others))") + rest, flags.contains("a"))
    }

    /// Python's `\Z` is the very end of the text, which is `\z` here, and its `\u4e00` and `\U0001f525` are `\x{4e00}`
    /// and so on; everything else is spelt the same.
    private static func translated(_ regex: String) throws(PatternError) -> String {
        var result = ""
        var rest = Substring(regex).unicodeScalars
        while let character = rest.popFirst() {
            result.unicodeScalars.append(character)
            guard character == "\\", let escaped = rest.popFirst() else { continue }
            let length = escaped == "u" ? 4 : escaped == "U" ? 8 : 0
            let digits = rest.prefix(length).prefix(while: \.properties.isASCIIHexDigit)
            if length > 0, digits.count == length {
                rest.removeFirst(length)
                result += "x{\(String(String.UnicodeScalarView(digits)))}"
                continue
            }
            if escaped == "N", let name = characterName(rest) {
                // Looking a name up means to go through all there are, which takes longer than any check.
                throw PatternError(
                    message: "characters have no names here: write the number, as in \\u20ac, for \\N{\(name)}")
            }
            result.unicodeScalars.append(escaped == "Z" ? "z" : escaped)
        }
        return result
    }

    /// What stands in the braces behind `\N`, where that is a name: not PCRE2's `\N{U+20AC}` and no count.
    private static func characterName(_ rest: Substring.UnicodeScalarView) -> String? {
        guard rest.first == "{", let end = rest.firstIndex(of: "}") else { return nil }
        let name = String(String.UnicodeScalarView(rest[..<end].dropFirst()))
        guard let first = name.unicodeScalars.first, first.properties.isAlphabetic, !name.hasPrefix("U+") else {
            return nil
        }
        return String(name.prefix(80))
    }
}

import Glibc

/// Rewrites a regex that ignores case so that `i`, `I`, `İ` and `ı` mean each other, as they do in Python's.
///
/// Unicode's case folding leaves the Turkish letters alone, so `/indirim/i` would miss `İNDİRİM`.
struct DottedI {
    /// `İ` and `ı`.
    private static let turkish: Set<Unicode.Scalar> = ["\u{130}", "\u{131}"]
    private static let letters: Set<Unicode.Scalar> = ["i", "I", "\u{130}", "\u{131}"]
    private static let anyOfThem = "i\u{130}\u{131}"

    private let source: [Unicode.Scalar]
    private var at = 0
    private var result = ""
    private var isWidened = false

    /// The pattern with a class for each of the letters; nil when it has none of them.
    static func widened(_ pattern: String) -> String? {
        var reader = DottedI(source: Array(pattern.unicodeScalars))
        while reader.at < reader.source.count { reader.step() }
        return reader.isWidened ? reader.result : nil
    }

    /// Whether one of the Turkish letters stands in a pattern, so that it means `i` in any text.
    static func isIn(_ pattern: String) -> Bool { pattern.unicodeScalars.contains(where: turkish.contains) }

    /// Whether one of the Turkish letters (C4 B0 and C4 B1 in UTF-8) stands in a text.
    static func isIn(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = text.baseAddress else { return false }
        var index = 0
        // Safety: what is looked through begins at `index`, ends with the text, and is not kept.
        while index < text.count, let hit = memchr(base + index, 0xC4, text.count - index) {
            index = UnsafeRawPointer(hit) - UnsafeRawPointer(base) + 1
            if index < text.count, text[index] | 1 == 0xB1 { return true }
        }
        return false
    }

    private init(source: [Unicode.Scalar]) { self.source = source }

    private func next(_ ahead: Int = 0) -> Unicode.Scalar? { at + ahead < source.count ? source[at + ahead] : nil }

    private mutating func copy(_ count: Int = 1) {
        for scalar in source[at..<min(at + count, source.count)] { result.unicodeScalars.append(scalar) }
        at = min(at + count, source.count)
    }

    /// Copies up to and with the first of `ends`.
    private mutating func copy(through ends: Set<Unicode.Scalar>) {
        while let scalar = next() {
            copy()
            if ends.contains(scalar) { return }
        }
    }

    private mutating func step() {
        guard let scalar = next() else { return }
        switch scalar {
        case "\\": escape()
        case "(" where next(1) == "?": group()
        case "(" where next(1) == "*": copy(through: [")"])
        case "[": characterClass()
        case _ where Self.letters.contains(scalar):
            result += "[\(Self.anyOfThem)]"
            isWidened = true
            at += 1
        default: copy()
        }
    }

    private mutating func escape() {
        copy(2)
        if next() == "{" { copy(through: ["}"]) } else if next() == "<" { copy(through: [">"]) }
    }

    /// What follows `(?` up to where the group's own pattern begins: its kind, flags or name.
    private mutating func group() {
        copy(2)
        switch next() {
        case ":", "=", "!", ">", "|": copy()
        case "<" where next(1) == "=" || next(1) == "!": copy(2)
        case "<", "P": copy(through: [">", ")"])
        case "'":
            copy()
            copy(through: ["'"])
        case "#", "(": copy(through: [")"])
        default: copy(through: [":", ")"])
        }
    }

    private mutating func characterClass() {
        copy()
        if next() == "^" { copy() }
        var hasLetter = false
        var isFirst = true
        while let scalar = next(), isFirst || scalar != "]" {
            isFirst = false
            if scalar == "\\" {
                escape()
            } else if scalar == "[", next(1) == ":" {
                copy(2)
                copy(through: ["]"])
            } else if next(1) == "-", let end = next(2), end != "]", end != "\\" {
                hasLetter = hasLetter || Self.letters.contains { scalar <= $0 && $0 <= end }
                copy(3)
            } else {
                hasLetter = hasLetter || Self.letters.contains(scalar)
                if scalar == "-", next(1) == "]" { result += "\\" }
                copy()
            }
        }
        if hasLetter {
            result += Self.anyOfThem
            isWidened = true
        }
        copy()
    }
}

/// The smallest parts of an expression.
extension PathParser {
    var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    /// Passes over white space and comments `(: … :)`, which nest.
    mutating func skipSpace() {
        while let byte {
            if ByteClass.isSpace(byte) {
                at += 1
            } else if sees("(:"), let end = commentEnd() {
                at = end
            } else {
                return
            }
        }
    }

    private func commentEnd() -> Int? {
        var open = 0
        var index = at
        while index + 1 < bytes.count {
            if bytes[index] == 0x28, bytes[index + 1] == 0x3A {
                open += 1
                index += 2
            } else if bytes[index] == 0x3A, bytes[index + 1] == 0x29 {
                open -= 1
                index += 2
                if open == 0 { return index }
            } else {
                index += 1
            }
        }
        return nil
    }

    func sees(_ text: StaticString, at place: Int? = nil) -> Bool {
        // Safety: a static string's bytes live as long as the process.
        bytes[min(place ?? at, bytes.count)...].starts(
            with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether `text` follows, after blanks, so many bytes from here.
    func seesNext(_ text: StaticString, after count: Int) -> Bool {
        var copy = self
        copy.at = min(at + count, bytes.count)
        copy.skipSpace()
        return copy.sees(text)
    }

    mutating func take(_ text: StaticString) -> Bool {
        skipSpace()
        guard sees(text) else { return false }
        at += text.utf8CodeUnitCount
        return true
    }

    func sees(word: StaticString) -> Bool {
        guard sees(word) else { return false }
        let after = at + word.utf8CodeUnitCount
        return after >= bytes.count || !Self.isNamePart(bytes[after])
    }

    mutating func take(word: StaticString) -> Bool {
        skipSpace()
        guard sees(word: word) else { return false }
        at += word.utf8CodeUnitCount
        return true
    }

    mutating func expect(_ text: StaticString) throws(SelectorError) {
        guard take(text) else { throw SelectorError(message: "'\(text)' is missing at character \(at + 1)") }
    }

    mutating func expect(word: StaticString) throws(SelectorError) {
        guard take(word: word) else { throw SelectorError(message: "'\(word)' is missing at character \(at + 1)") }
    }

    func unexpected() -> SelectorError {
        guard at < bytes.count else { return SelectorError(message: "it ends too early") }
        let rest = String(decoding: bytes[at..<min(bytes.count, at + 20)], as: UTF8.self)
        return SelectorError(message: "'\(rest)' was not expected at character \(at + 1)")
    }

    static func isNameStart(_ byte: UInt8) -> Bool {
        ByteClass.isLetter(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        isNameStart(byte) || ByteClass.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// A name without a colon; nil when there is none.
    mutating func name() -> [UInt8]? {
        guard let byte, Self.isNameStart(byte) else { return nil }
        let start = at
        while let byte = self.byte, Self.isNamePart(byte) { at += 1 }
        return Array(bytes[start..<at])
    }

    /// A name, perhaps with a prefix; a colon that belongs to an axis or to `prefix:*` is left.
    mutating func qualifiedName() -> [UInt8]? {
        guard let first = name() else { return nil }
        guard byte == UInt8(ascii: ":"), at + 1 < bytes.count, Self.isNameStart(bytes[at + 1]) else { return first }
        at += 1
        return first + [UInt8(ascii: ":")] + (name() ?? [])
    }

    /// A text in quotes, a doubled quote standing for one; nil when there is none.
    mutating func literal() throws(SelectorError) -> [UInt8]? {
        guard let quote = byte, quote == 0x22 || quote == 0x27 else { return nil }
        var index = at + 1
        var text: [UInt8] = []
        while index < bytes.count {
            if bytes[index] == quote {
                guard index + 1 < bytes.count, bytes[index + 1] == quote else {
                    at = index + 1
                    return text
                }
                index += 1
            }
            text.append(bytes[index])
            index += 1
        }
        throw SelectorError(message: "the string that starts at character \(at + 1) is not closed")
    }

    /// `1`, `1.5`, `.5`, `1e3`; nil when there is none.
    mutating func number() -> Double? {
        var index = at
        func digits() {
            while index < bytes.count, ByteClass.isDigit(bytes[index]) { index += 1 }
        }
        digits()
        let hasWhole = index > at
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            let dot = index
            index += 1
            digits()
            // `..` and `.` alone are steps.
            if !hasWhole, index == dot + 1 { return nil }
        } else if !hasWhole {
            return nil
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            var after = index + 1
            if after < bytes.count, bytes[after] == UInt8(ascii: "-") || bytes[after] == UInt8(ascii: "+") {
                after += 1
            }
            if after < bytes.count, ByteClass.isDigit(bytes[after]) {
                index = after
                digits()
            }
        }
        let spelling = String(decoding: bytes[at..<index], as: UTF8.self)
        at = index
        return Double(spelling.hasSuffix(".") ? spelling + "0" : spelling.hasPrefix(".") ? "0" + spelling : spelling)
    }
}

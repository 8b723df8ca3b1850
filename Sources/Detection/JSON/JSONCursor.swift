/// Reads the smallest parts of JSON (RFC 8259) from bytes: blanks, strings, numbers and words.
struct JSONCursor {
    let source: [UInt8]
    var at = 0

    init(_ source: [UInt8]) { self.source = source }

    var byte: UInt8? { at < source.count ? source[at] : nil }

    var isAtEnd: Bool { at == source.count }

    mutating func advance() { at += 1 }

    mutating func skipSpace() {
        while let byte, ByteClass.isSpace(byte) { at += 1 }
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: wanted) else { return false }
        at += 1
        return true
    }

    /// `word`, when it stands here.
    mutating func word(_ word: String) -> ArraySlice<UInt8>? {
        guard source[at...].starts(with: word.utf8) else { return nil }
        defer { at += word.utf8.count }
        return source[at..<(at + word.utf8.count)]
    }

    /// The number here, as spelled; nil when there is none.
    mutating func number() -> ArraySlice<UInt8>? {
        let start = at
        _ = take("-")
        guard digits() else { return nil }
        if take("."), !digits() { return nil }
        if let byte, byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if !take("+") { _ = take("-") }
            guard digits() else { return nil }
        }
        return source[start..<at]
    }

    private mutating func digits() -> Bool {
        let start = at
        while let byte, ByteClass.isDigit(byte) { at += 1 }
        return at > start
    }

    /// The string at the current quote with its escapes read, or nil when it is not one.
    mutating func string() -> [UInt8]? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte {
            at += 1
            if byte == UInt8(ascii: "\"") { return text }
            guard byte >= 0x20 else { return nil }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard escape(into: &text) else { return nil }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let letter = byte else { return false }
        at += 1
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "u"):
            guard var point = fourDigits() else { return false }
            if point >= 0xD800, point < 0xDC00, source[at...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
                let before = at
                at += 2
                if let low = fourDigits(), low >= 0xDC00, low < 0xE000 {
                    point = 0x10000 + (point - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    at = before
                }
            }
            CharacterReference.append(Unicode.Scalar(point) == nil ? 0xFFFD : point, to: &text)
        default: return false
        }
        return true
    }

    private mutating func fourDigits() -> UInt32? {
        guard source.count - at >= 4, source[at..<(at + 4)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: source[at..<(at + 4)], as: UTF8.self), radix: 16)
        else { return nil }
        at += 4
        return value
    }
}

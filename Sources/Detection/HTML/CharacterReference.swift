/// Reads `&name;`, `&#10;` and `&#xA;` as HTML does (section 13.2.5.72 and on), bytes to bytes.
enum CharacterReference {
    /// What stands at an ampersand: how many bytes it takes in the source, and the one or two code points it means.
    struct Meaning {
        let length: Int
        let first: UInt32
        let second: UInt32
    }

    /// The reference whose `&` is at `start`, or nil when the ampersand is only an ampersand.
    ///
    /// In an attribute a name without its semicolon counts only when neither `=` nor a letter nor a digit follows it.
    ///
    /// Safety: callers give places inside of the source, and no place is read that has not been compared with `end`.
    static func read(
        _ source: UnsafeBufferPointer<UInt8>, at start: Int, to end: Int, inAttribute: Bool = false
    ) -> Meaning? {
        guard start + 1 < end else { return nil }
        if source[start + 1] == UInt8(ascii: "#") { return numeric(source, at: start, to: end) }
        guard ByteClass.isLetter(source[start + 1]) else { return nil }
        var hash = NamedCharacters.seed
        var bare: Meaning?
        var index = start + 1
        let limit = min(end, start + 1 + NamedCharacters.longestName)
        while index < limit, ByteClass.isLetter(source[index]) || ByteClass.isDigit(source[index]) {
            hash = NamedCharacters.mix(hash, source[index])
            index += 1
            if index - start - 1 <= NamedCharacters.longestBareName, index - start > 2,
                let entry = NamedCharacters.entry(hash), entry.worksWithoutSemicolon
            {
                bare = Meaning(length: index - start, first: entry.first, second: entry.second)
            }
        }
        if index < end, source[index] == UInt8(ascii: ";"), let entry = NamedCharacters.entry(hash) {
            return Meaning(length: index + 1 - start, first: entry.first, second: entry.second)
        }
        guard let bare else { return nil }
        if inAttribute, start + bare.length < end {
            let next = source[start + bare.length]
            if next == UInt8(ascii: "=") || ByteClass.isLetter(next) || ByteClass.isDigit(next) { return nil }
        }
        return bare
    }

    private static func numeric(_ source: UnsafeBufferPointer<UInt8>, at start: Int, to end: Int) -> Meaning? {
        var index = start + 2
        let isHex = index < end && source[index] | 0x20 == UInt8(ascii: "x")
        if isHex { index += 1 }
        let firstDigit = index
        var value: UInt32 = 0
        while index < end, let digit = digit(source[index], isHex: isHex) {
            value = min(value * (isHex ? 16 : 10) + digit, 0x11_0000)
            index += 1
        }
        guard index > firstDigit else { return nil }
        if index < end, source[index] == UInt8(ascii: ";") { index += 1 }
        return Meaning(length: index - start, first: corrected(value), second: 0)
    }

    private static func digit(_ byte: UInt8, isHex: Bool) -> UInt32? {
        if ByteClass.isDigit(byte) { return UInt32(byte - 0x30) }
        let lower = byte | 0x20
        guard isHex, lower >= 0x61, lower <= 0x66 else { return nil }
        return UInt32(lower - 0x61 + 10)
    }

    /// Numbers that stand for nothing become U+FFFD, and 128 to 159 mean windows-1252, as every browser reads them.
    private static func corrected(_ value: UInt32) -> UInt32 {
        if value >= 0x80, value <= 0x9F { return windows1252[Int(value - 0x80)] }
        if value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF) { return 0xFFFD }
        return value
    }

    /// The code points of the windows-1252 bytes 0x80 to 0x9F.
    static let windows1252: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D,
        0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
        0x9D,
        0x017E, 0x0178,
    ]

    /// `source[start..<end]` with its references read; NUL bytes are left out.
    static func decoded(
        _ source: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, inAttribute: Bool = false
    ) -> [UInt8] {
        if source.find(UInt8(ascii: "&"), from: start, to: end) == nil, source.find(0, from: start, to: end) == nil {
            return Array(source[start..<end])
        }
        var text: [UInt8] = []
        text.reserveCapacity(end - start)
        var index = start
        while index < end {
            if source[index] == UInt8(ascii: "&"),
                let meaning = read(source, at: index, to: end, inAttribute: inAttribute)
            {
                append(meaning.first, to: &text)
                if meaning.second != 0 { append(meaning.second, to: &text) }
                index += meaning.length
            } else {
                if source[index] != 0 { text.append(source[index]) }
                index += 1
            }
        }
        return text
    }

    /// Adds the UTF-8 of a code point that is known to be a scalar; nothing else is added.
    static func append(_ point: UInt32, to text: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(point) else { return }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}

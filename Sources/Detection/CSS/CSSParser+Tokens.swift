/// Names and strings of CSS (Syntax level 3, section 4.3), with their escapes.
extension CSSParser {
    /// Whether a name begins here.
    var startsName: Bool {
        guard let byte else { return false }
        if byte == UInt8(ascii: "-"), at + 1 < text.count {
            let next = text[at + 1]
            return isNameByte(next) && !ByteClass.isDigit(next) || next == UInt8(ascii: "\\")
        }
        return byte == UInt8(ascii: "\\") || (isNameByte(byte) && !ByteClass.isDigit(byte))
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        ByteClass.isLetter(byte) || ByteClass.isDigit(byte) || byte >= 0x80 || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }

    mutating func identifier(mayStartWithDigit: Bool = false) throws(SelectorError) -> String {
        guard let first = byte, mayStartWithDigit ? isNameByte(first) || first == UInt8(ascii: "\\") : startsName else {
            throw unexpected()
        }
        var name: [UInt8] = []
        while let byte {
            if byte == UInt8(ascii: "\\") {
                try escape(into: &name)
            } else if isNameByte(byte) {
                name.append(byte)
                at += 1
            } else {
                break
            }
        }
        return String(decoding: name, as: UTF8.self)
    }

    mutating func string() throws(SelectorError) -> String {
        guard let quote = byte else { throw unexpected() }
        at += 1
        var value: [UInt8] = []
        while let byte {
            if byte == quote {
                at += 1
                return String(decoding: value, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &value)
            } else {
                value.append(byte)
                at += 1
            }
        }
        throw unexpected()
    }

    /// `\:` is the character itself, `\31 ` the one with this hexadecimal number.
    private mutating func escape(into name: inout [UInt8]) throws(SelectorError) {
        at += 1
        guard let first = byte else { throw unexpected() }
        var value: UInt32 = 0
        var digits = 0
        while digits < 6, let byte, let digit = hexDigit(byte) {
            value = value << 4 | digit
            digits += 1
            at += 1
        }
        if digits == 0 {
            name.append(first)
            at += 1
            return
        }
        if let byte, ByteClass.isSpace(byte) { at += 1 }
        CharacterReference.append(value == 0 || Unicode.Scalar(value) == nil ? 0xFFFD : value, to: &name)
    }

    private func hexDigit(_ byte: UInt8) -> UInt32? {
        if ByteClass.isDigit(byte) { return UInt32(byte - 0x30) }
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x66 ? UInt32(lower - 0x61 + 10) : nil
    }
}

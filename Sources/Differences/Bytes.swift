/// What a difference asks of the bytes of a text.
extension UInt8 {
    static let lineEnd: UInt8 = 0x0A

    /// Tab, line feed, form feed, carriage return, space.
    var isBlank: Bool { self == 0x20 || (self <= 0x0D && self >= 0x09 && self != 0x0B) }

    /// One of ASCII's letters.
    var isLetter: Bool {
        let lower = self | 0x20
        return lower >= 0x61 && lower <= 0x7A
    }

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

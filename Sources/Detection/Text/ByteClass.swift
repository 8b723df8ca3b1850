import Glibc

/// Small questions about bytes that the scanners ask often.
enum ByteClass {
    static let tab: UInt8 = 0x09
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    /// The white space of HTML: tab, line feed, form feed, carriage return, space.
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte <= 0x0D && byte >= 0x09 && byte != 0x0B)
    }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}

// Safety: the bytes are the caller's, who gives places between 0 and `count`; nothing is read at or behind `end`.
extension UnsafeBufferPointer<UInt8> {
    /// Where `byte` first stands in `from..<end`, or nil.
    @inline(__always)
    func find(_ byte: UInt8, from: Int, to end: Int) -> Int? {
        guard from < end, let base = baseAddress, let hit = memchr(base + from, Int32(byte), end - from) else {
            return nil
        }
        return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    }

    /// Where the short `word` first stands in `from..<end`, or nil.
    func find(_ word: StaticString, from: Int, to end: Int) -> Int? {
        let length = word.utf8CodeUnitCount
        var index = from
        while let place = find(word.utf8Start[0], from: index, to: end), end - place >= length, let base = baseAddress {
            if memcmp(base + place, word.utf8Start, length) == 0 { return place }
            index = place + 1
        }
        return nil
    }

    /// Whether the ASCII `word`, given in lower case, stands at `place` in any case.
    func hasWord(_ word: StaticString, at place: Int, to end: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard place >= 0, end - place >= length else { return false }
        for offset in 0..<length where ByteClass.lower(self[place + offset]) != word.utf8Start[offset] { return false }
        return true
    }
}

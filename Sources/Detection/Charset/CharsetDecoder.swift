import Glibc

/// Rewrites bytes of another charset as UTF-8 with the C library's iconv.
enum CharsetDecoder {
    /// The same text in UTF-8, with U+FFFD for each byte (of UTF-16 each unit) that means nothing; `name` is iconv's.
    static func utf8(_ bytes: ArraySlice<UInt8>, from name: String) -> [UInt8] {
        let whole = name == "WINDOWS-1252" ? nil : convert(bytes, from: name)
        return whole ?? windows1252(bytes)
    }

    /// Every byte means something here, as browsers read it, so nothing can fail.
    private static func windows1252(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + bytes.count / 4)
        for byte in bytes {
            switch byte {
            case 0..<0x80: text.append(byte)
            case 0x80...0x9F: CharacterReference.append(CharacterReference.windows1252[Int(byte) - 0x80], to: &text)
            default: text.append(contentsOf: [0xC0 | byte >> 6, 0x80 | byte & 0x3F])
            }
        }
        return text
    }

    /// nil when this C library does not know the charset.
    private static func convert(_ bytes: ArraySlice<UInt8>, from name: String) -> [UInt8]? {
        guard let converter = iconv_open("UTF-8", name), Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        // A lone surrogate is two bytes; one byte further every later character would be another.
        let unit = name.hasPrefix("UTF-16") ? 2 : 1
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        var chunk = [CChar](repeating: 0, count: 16384)
        bytes.withUnsafeBytes { raw in
            // Safety: iconv only reads its input; its C signature merely lacks the const.
            var input = UnsafeMutablePointer(mutating: raw.bindMemory(to: CChar.self).baseAddress)
            var left = raw.count
            while left > 0 {
                var result = 0
                var reason: Int32 = 0
                let written = chunk.withUnsafeMutableBufferPointer { room in
                    var output = room.baseAddress
                    var free = room.count
                    result = iconv(converter, &input, &left, &output, &free)
                    reason = errno
                    return room.count - free
                }
                chunk.withUnsafeBytes { text.append(contentsOf: $0[..<written]) }
                guard result == -1, reason != E2BIG else { continue }
                // A byte that means nothing, or a character cut off at the end: both are one U+FFFD.
                text.append(contentsOf: [0xEF, 0xBF, 0xBD])
                if reason != EILSEQ { break }
                let skipped = min(unit, left)
                input = input.map { $0 + skipped }
                left -= skipped
            }
        }
        flush(converter, &chunk, into: &text)
        return text
    }

    /// Some charsets (Big5) hold a character back until they know what follows.
    private static func flush(_ converter: iconv_t, _ chunk: inout [CChar], into text: inout [UInt8]) {
        let written = chunk.withUnsafeMutableBufferPointer { room in
            var output = room.baseAddress
            var free = room.count
            _ = iconv(converter, nil, nil, &output, &free)
            return room.count - free
        }
        chunk.withUnsafeBytes { text.append(contentsOf: $0[..<written]) }
    }
}

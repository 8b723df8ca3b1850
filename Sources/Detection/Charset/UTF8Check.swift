/// Says whether bytes are well-formed UTF-8 (Unicode table 3-7), eight ASCII bytes at a time.
enum UTF8Check {
    /// Safety: every place is compared with the count before it is read, loads of eight bytes with all eight.
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = UnsafeRawPointer(bytes.baseAddress) else { return true }
        var index = 0
        let end = bytes.count
        while index < end {
            while index + 8 <= end,
                base.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
            }
            guard index < end else { return true }
            let length = sequenceLength(bytes, index, end)
            if length == 0 { return false }
            index += length
        }
        return true
    }

    /// The length of the well-formed sequence at `index`, or 0 when there is none.
    @inline(__always)
    static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ end: Int) -> Int {
        let first = bytes[index]
        if first < 0x80 { return 1 }
        if first < 0xC2 || first > 0xF4 { return 0 }
        guard index + 1 < end else { return 0 }
        let second = bytes[index + 1]
        if first < 0xE0 { return second & 0xC0 == 0x80 ? 2 : 0 }
        let low: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
        let high: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
        guard second >= low, second <= high, index + 2 < end, bytes[index + 2] & 0xC0 == 0x80 else { return 0 }
        if first < 0xF0 { return 3 }
        guard index + 3 < end, bytes[index + 3] & 0xC0 == 0x80 else { return 0 }
        return 4
    }

    /// The bytes with U+FFFD for each byte that belongs to no well-formed sequence.
    static func repaired(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + 16)
        var index = 0
        while index < bytes.count {
            let length = sequenceLength(bytes, index, bytes.count)
            if length == 0 {
                text.append(contentsOf: [0xEF, 0xBF, 0xBD])
                index += 1
            } else {
                text.append(contentsOf: bytes[index..<(index + length)])
                index += length
            }
        }
        return text
    }
}

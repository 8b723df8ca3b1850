/// Walks JSON text without building anything: checks that it is well formed and finds where its parts are.
///
/// Strict on structure (RFC 8259) and bounded in depth; escapes are checked for their form only, so that a lone
/// surrogate, which JavaScript can send, is not an error here.
struct JSONScanner {
    enum Malformed: Error, Equatable {
        case syntax
        case tooDeep
        case placeholder
    }

    /// The deepest nesting that is followed.
    static let maxDepth = 128

    // Safety: lent by whoever calls `elements` or `checkObject`, which end before the bytes do; `peek` reads only in
    // front of their count.
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// How many attachments placeholders may name; nil when placeholders are plain data.
    private let attachments: Int?

    init(_ bytes: UnsafeRawBufferPointer, attachments: Int? = nil) {
        self.bytes = bytes
        self.attachments = attachments
    }

    /// The ranges of an array's elements, in order; the array must be all there is.
    static func elements(
        of bytes: UnsafeRawBufferPointer, attachments: Int? = nil
    ) throws(Malformed) -> [Range<Int>] {
        var scanner = JSONScanner(bytes, attachments: attachments)
        var ranges: [Range<Int>] = []
        scanner.skipSpace()
        try scanner.expect(UInt8(ascii: "["))
        scanner.skipSpace()
        if scanner.peek() == UInt8(ascii: "]") {
            scanner.position += 1
        } else {
            var more = true
            while more {
                scanner.skipSpace()
                let start = scanner.position
                try scanner.skipValue(depth: 1)
                ranges.append(start..<scanner.position)
                more = try scanner.continues(until: UInt8(ascii: "]"))
            }
        }
        try scanner.finish()
        return ranges
    }

    /// Checks that the text is one object and nothing else.
    static func checkObject(_ bytes: UnsafeRawBufferPointer) throws(Malformed) {
        var scanner = JSONScanner(bytes)
        scanner.skipSpace()
        guard scanner.peek() == UInt8(ascii: "{") else { throw .syntax }
        try scanner.skipValue(depth: 0)
        try scanner.finish()
    }

    private mutating func finish() throws(Malformed) {
        skipSpace()
        guard position == bytes.count else { throw .syntax }
    }

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard peek() == byte else { throw .syntax }
        position += 1
    }

    /// After a member: takes the comma (true) or the closing bracket (false).
    private mutating func continues(until end: UInt8) throws(Malformed) -> Bool {
        skipSpace()
        if peek() == UInt8(ascii: ",") {
            position += 1
            return true
        }
        try expect(end)
        return false
    }

    private mutating func skipValue(depth: Int) throws(Malformed) {
        guard depth < Self.maxDepth else { throw .tooDeep }
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): try skipObject(depth: depth)
        case UInt8(ascii: "["): try skipArray(depth: depth)
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: try skipNumber()
        }
    }

    private mutating func skipArray(depth: Int) throws(Malformed) {
        position += 1
        skipSpace()
        if peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        repeat { try skipValue(depth: depth + 1) } while try continues(until: UInt8(ascii: "]"))
    }

    private mutating func skipObject(depth: Int) throws(Malformed) {
        position += 1
        skipSpace()
        if peek() == UInt8(ascii: "}") {
            position += 1
            return
        }
        var isPlaceholder = false
        var number: Range<Int>?
        repeat {
            skipSpace()
            let key = try skipString()
            skipSpace()
            try expect(UInt8(ascii: ":"))
            skipSpace()
            let start = position
            try skipValue(depth: depth + 1)
            if attachments != nil {
                if text(key) == "_placeholder" { isPlaceholder = text(start..<position) == "true" }
                if text(key) == "num" { number = start..<position }
            }
        } while try continues(until: UInt8(ascii: "}"))
        if isPlaceholder, let attachments {
            guard let number, let value = Int(text(number)), (0..<attachments).contains(value),
                text(number).utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { throw .placeholder }
        }
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// Skips a string; returns the range between its quotes.
    private mutating func skipString() throws(Malformed) -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let start = position
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return start..<(position - 1)
            case UInt8(ascii: "\\"): try skipEscape()
            case 0..<0x20: throw .syntax
            default: break
            }
        }
        throw .syntax
    }

    private mutating func skipEscape() throws(Malformed) {
        guard let byte = peek() else { throw .syntax }
        position += 1
        guard byte == UInt8(ascii: "u") else {
            guard "\"\\/bfnrt".utf8.contains(byte) else { throw .syntax }
            return
        }
        for _ in 0..<4 {
            guard let digit = peek(), Self.isHexadecimal(digit) else { throw .syntax }
            position += 1
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private mutating func skipWord(_ word: StaticString) throws(Malformed) {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw .syntax }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] { throw .syntax }
        position += count
    }

    private mutating func skipNumber() throws(Malformed) {
        if peek() == UInt8(ascii: "-") { position += 1 }
        if peek() == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits()
        }
        if peek() == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(Malformed) {
        let start = position
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw .syntax }
    }
}

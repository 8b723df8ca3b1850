import NIOCore

/// Reads JSON text into the values that MessagePack carries (RFC 8259), bounded in depth.
///
/// Where `attachments` are given, an object that is a placeholder for one becomes its bytes.
struct JSONReader {
    enum Malformed: Error, Equatable {
        case syntax
        case tooDeep
        case placeholder
    }

    static let maxDepth = 136

    // Safety: lent by `read`, which ends before the bytes do; no place is read that has not been compared with their
    // count.
    private let bytes: UnsafeRawBufferPointer
    private let attachments: [ByteBuffer]
    private var position = 0

    private init(_ bytes: UnsafeRawBufferPointer, _ attachments: [ByteBuffer]) {
        self.bytes = bytes
        self.attachments = attachments
    }

    /// Reads a text that must be all there is.
    static func read(_ text: ByteBuffer, attachments: [ByteBuffer] = []) throws(Malformed) -> MessagePackValue {
        let result: Result<MessagePackValue, Malformed> = text.withUnsafeReadableBytes { bytes in
            Result { () throws(Malformed) in
                // Safety: the reader does not outlive the closure that lends it the bytes.
                var reader = JSONReader(bytes, attachments)
                let value = try reader.value(depth: 0)
                reader.skipSpace()
                guard reader.position == bytes.count else { throw .syntax }
                return value
            }
        }
        return try result.get()
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Malformed) -> MessagePackValue {
        guard depth < Self.maxDepth else { throw .tooDeep }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: MessagePackValue) throws(Malformed) -> MessagePackValue {
        for byte in word.utf8 {
            guard next == byte else { throw .syntax }
            position += 1
        }
        return value
    }

    private mutating func array(_ depth: Int) throws(Malformed) -> MessagePackValue {
        position += 1
        var list: [MessagePackValue] = []
        if take(UInt8(ascii: "]")) { return .array(list) }
        repeat { list.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw .syntax }
        return .array(list)
    }

    private mutating func object(_ depth: Int) throws(Malformed) -> MessagePackValue {
        position += 1
        var members: [MessagePackValue.Member] = []
        if take(UInt8(ascii: "}")) { return .map(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw .syntax }
            let key = try string()
            guard take(UInt8(ascii: ":")) else { throw .syntax }
            members.append(.init(key, try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw .syntax }
        let found = MessagePackValue.map(members)
        guard !attachments.isEmpty, found["_placeholder"] == .bool(true) else { return found }
        guard let number = found["num"]?.number, attachments.indices.contains(number) else { throw .placeholder }
        return .binary(attachments[number])
    }

    private mutating func number() throws(Malformed) -> MessagePackValue {
        let start = position
        var isWhole = true
        while let byte = next {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): isWhole = false
            default: return try Self.number(bytes[start..<position], isWhole)
            }
            position += 1
        }
        return try Self.number(bytes[start..<position], isWhole)
    }

    private static func number(
        _ digits: Slice<UnsafeRawBufferPointer>, _ isWhole: Bool
    ) throws(Malformed) -> MessagePackValue {
        let text = String(decoding: digits, as: UTF8.self)
        let unsigned = text.utf8.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
        guard let first = unsigned.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            first != UInt8(ascii: "0") || unsigned.utf8.count == 1
                || ".eE".utf8.contains(unsigned.utf8.dropFirst().first ?? 0),
            let last = unsigned.utf8.last, last != UInt8(ascii: ".")
        else { throw .syntax }
        // Minus zero is a float: JavaScript tells the two apart.
        if isWhole, text != "-0" {
            if let number = Int64(text) { return .int(number) }
            if let number = UInt64(text) { return .uint(number) }
        }
        guard let number = Double(text) else { throw .syntax }
        return .double(number)
    }

    private mutating func string() throws(Malformed) -> String {
        position += 1
        let start = position
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if next == UInt8(ascii: "\"") {
            position += 1
            return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
        }
        return try escapedString(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    /// The rest of a string in which escapes are.
    private mutating func escapedString(_ beginning: String) throws(Malformed) -> String {
        var text = beginning
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                text.unicodeScalars.append(try escape())
            case 0..<0x20: throw .syntax
            default:
                let start = position
                while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
                    position += 1
                }
                text += String(decoding: bytes[start..<position], as: UTF8.self)
            }
        }
        throw .syntax
    }

    private mutating func escape() throws(Malformed) -> Unicode.Scalar {
        guard let byte = next else { throw .syntax }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try escapedScalar()
        default: throw .syntax
        }
    }

    /// A surrogate pair becomes its character, a lone surrogate the replacement character: it has no UTF-8.
    private mutating func escapedScalar() throws(Malformed) -> Unicode.Scalar {
        let first = try hexadecimal()
        guard (0xD800...0xDBFF).contains(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        let back = position
        if next == UInt8(ascii: "\\") {
            position += 1
            if next == UInt8(ascii: "u") {
                position += 1
                let second = try hexadecimal()
                if (0xDC00...0xDFFF).contains(second) {
                    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
                }
            }
        }
        position = back
        return "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(Malformed) -> UInt32 {
        guard position + 4 <= bytes.count else { throw .syntax }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue, bytes[position] < 0x80 else {
                throw .syntax
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}

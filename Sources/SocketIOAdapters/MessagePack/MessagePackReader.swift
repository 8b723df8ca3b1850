import NIOCore

/// Reads one MessagePack value from bytes that anybody may have written.
///
/// Bounded in depth and in the number of values, so that neither the stack nor the memory depends on what the bytes
/// claim; a length that the bytes cannot hold is refused before anything is made for it.
struct MessagePackReader {
    enum Malformed: Error, Equatable {
        case truncated
        case trailingBytes
        case tooDeep
        case tooManyValues
        case badKey
        /// The byte 0xC1, which no value begins with.
        case neverUsed
    }

    /// Deeper than JSON may be nested in an event, by what packets wrap around it.
    static let maxDepth = 136
    static let maxValues = 1_000_000

    private var rest: ByteBuffer
    private var values = 0

    private init(_ bytes: ByteBuffer) {
        rest = bytes
    }

    /// Reads a value that must be all there is.
    static func read(_ bytes: ByteBuffer) throws(Malformed) -> MessagePackValue {
        var reader = MessagePackReader(bytes)
        let value = try reader.value(depth: 0)
        guard reader.rest.readableBytes == 0 else { throw .trailingBytes }
        return value
    }

    private mutating func value(depth: Int) throws(Malformed) -> MessagePackValue {
        guard depth < Self.maxDepth else { throw .tooDeep }
        values += 1
        guard values <= Self.maxValues else { throw .tooManyValues }
        let head = try integer(UInt8.self)
        switch head {
        case 0x00...0x7F: return .int(Int64(head))
        case 0x80...0x8F: return try map(Int(head & 0x0F), depth)
        case 0x90...0x9F: return try array(Int(head & 0x0F), depth)
        case 0xA0...0xBF: return .string(try text(Int(head & 0x1F)))
        case 0xE0...0xFF: return .int(Int64(Int8(bitPattern: head)))
        case 0xC0: return .null
        case 0xC1: throw .neverUsed
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4: return .binary(try bytes(Int(integer(UInt8.self))))
        case 0xC5: return .binary(try bytes(Int(integer(UInt16.self))))
        case 0xC6: return .binary(try bytes(Int(integer(UInt32.self))))
        case 0xC7: return try other(Int(integer(UInt8.self)))
        case 0xC8: return try other(Int(integer(UInt16.self)))
        case 0xC9: return try other(Int(integer(UInt32.self)))
        case 0xCA: return .double(Double(Float(bitPattern: try integer())))
        case 0xCB: return .double(Double(bitPattern: try integer()))
        case 0xCC...0xD3: return try number(head)
        case 0xD4...0xD8: return try other(1 << Int(head - 0xD4))
        case 0xD9: return .string(try text(Int(integer(UInt8.self))))
        case 0xDA: return .string(try text(Int(integer(UInt16.self))))
        case 0xDB: return .string(try text(Int(integer(UInt32.self))))
        case 0xDC: return try array(Int(integer(UInt16.self)), depth)
        case 0xDD: return try array(Int(integer(UInt32.self)), depth)
        case 0xDE: return try map(Int(integer(UInt16.self)), depth)
        default: return try map(Int(integer(UInt32.self)), depth)
        }
    }

    private mutating func number(_ head: UInt8) throws(Malformed) -> MessagePackValue {
        switch head {
        case 0xCC: return .int(Int64(try integer(UInt8.self)))
        case 0xCD: return .int(Int64(try integer(UInt16.self)))
        case 0xCE: return .int(Int64(try integer(UInt32.self)))
        case 0xCF:
            let number = try integer(UInt64.self)
            return Int64(exactly: number).map { .int($0) } ?? .uint(number)
        case 0xD0: return .int(Int64(try integer(Int8.self)))
        case 0xD1: return .int(Int64(try integer(Int16.self)))
        case 0xD2: return .int(Int64(try integer(Int32.self)))
        default: return .int(try integer(Int64.self))
        }
    }

    private mutating func integer<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(Malformed) -> Number {
        guard let number = rest.readInteger(as: type) else { throw .truncated }
        return number
    }

    private mutating func bytes(_ size: Int) throws(Malformed) -> ByteBuffer {
        guard let slice = rest.readSlice(length: size) else { throw .truncated }
        return slice
    }

    private mutating func text(_ size: Int) throws(Malformed) -> String {
        // Node writes a lone surrogate as three bytes that are no UTF-8: they are repaired, as a browser would.
        guard let text = rest.readString(length: size) else { throw .truncated }
        return text
    }

    /// Each element takes a byte at least, so a count above what is left is a lie.
    private mutating func array(_ count: Int, _ depth: Int) throws(Malformed) -> MessagePackValue {
        guard count <= rest.readableBytes else { throw .truncated }
        var list: [MessagePackValue] = []
        for _ in 0..<count { list.append(try value(depth: depth + 1)) }
        return .array(list)
    }

    private mutating func map(_ count: Int, _ depth: Int) throws(Malformed) -> MessagePackValue {
        guard count <= rest.readableBytes / 2 else { throw .truncated }
        var members: [MessagePackValue.Member] = []
        for _ in 0..<count {
            let key: String
            switch try value(depth: depth + 1) {
            case .string(let text): key = text
            case .int(let number): key = String(number)
            default: throw .badKey
            }
            members.append(.init(key, try value(depth: depth + 1)))
        }
        return .map(members)
    }

    private mutating func other(_ size: Int) throws(Malformed) -> MessagePackValue {
        let type = try integer(Int8.self)
        var body = try bytes(size)
        switch (type, size) {
        case (0, 1): return .undefined
        case (0, 8): return .date(body.readInteger() ?? 0)
        default: return .other(type: type, body)
        }
    }
}

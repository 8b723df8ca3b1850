import NIOCore

/// A value of Redis's protocol, version 2.
enum RESPValue: Sendable, Equatable {
    case simple(String)
    case error(String)
    case integer(Int)
    case bulk(ByteBuffer?)
    case array([RESPValue]?)

    /// What a bulk or simple string says.
    var text: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes?): String(buffer: bytes)
        default: nil
        }
    }
}

/// Takes whole values of Redis's protocol out of a stream of bytes, bounded in size, count and depth.
struct RESPReader {
    static let maxElements = 1024
    static let maxDepth = 4
    /// The longest line that is waited for; longer ones are no lines.
    private static let maxLine = 65_536

    let maxBulkBytes: Int

    /// The next value, taken from `bytes`; nil, with nothing taken, when it has not come in whole yet.
    func next(_ bytes: inout ByteBuffer) throws(BrokerFailure) -> RESPValue? {
        var rest = bytes
        guard let value = try value(&rest, depth: 0) else { return nil }
        bytes = rest
        return value
    }

    private func value(_ rest: inout ByteBuffer, depth: Int) throws(BrokerFailure) -> RESPValue? {
        guard depth < Self.maxDepth else { throw .malformed("nested too deep") }
        guard let line = try line(&rest) else { return nil }
        let body = String(line.dropFirst())
        switch line.utf8.first {
        case UInt8(ascii: "+"): return .simple(body)
        case UInt8(ascii: "-"): return .error(body)
        case UInt8(ascii: ":"): return .integer(try number(body))
        case UInt8(ascii: "$"): return try bulk(number(body), &rest)
        case UInt8(ascii: "*"): return try array(number(body), &rest, depth)
        default: throw .malformed("no Redis")
        }
    }

    private func bulk(_ size: Int, _ rest: inout ByteBuffer) throws(BrokerFailure) -> RESPValue? {
        guard size >= 0 else { return .bulk(nil) }
        guard size <= maxBulkBytes else { throw .malformed("a message is too large") }
        guard rest.readableBytes >= size + 2, let body = rest.readSlice(length: size) else { return nil }
        guard rest.readInteger(as: UInt16.self) == 0x0D0A else { throw .malformed("a length is wrong") }
        return .bulk(body)
    }

    private func array(_ count: Int, _ rest: inout ByteBuffer, _ depth: Int) throws(BrokerFailure) -> RESPValue? {
        guard count >= 0 else { return .array(nil) }
        guard count <= Self.maxElements else { throw .malformed("too many elements") }
        var list: [RESPValue] = []
        for _ in 0..<count {
            guard let element = try value(&rest, depth: depth + 1) else { return nil }
            list.append(element)
        }
        return .array(list)
    }

    private func number(_ text: String) throws(BrokerFailure) -> Int {
        guard let number = Int(text) else { throw .malformed("no number") }
        return number
    }

    private func line(_ rest: inout ByteBuffer) throws(BrokerFailure) -> String? {
        guard let end = rest.readableBytesView.firstIndex(of: 0x0D) else {
            guard rest.readableBytes <= Self.maxLine else { throw .malformed("no Redis") }
            return nil
        }
        guard let next = rest.getInteger(at: end + 1, as: UInt8.self) else { return nil }
        guard next == 0x0A else { throw .malformed("no Redis") }
        let line = rest.readString(length: end - rest.readerIndex) ?? ""
        rest.moveReaderIndex(forwardBy: 2)
        return line
    }
}

extension ByteBuffer {
    /// Writes a command the way Redis wants it: an array of bulk strings.
    mutating func writeCommand(_ words: String..., payload: ByteBuffer? = nil) {
        writeString("*\(words.count + (payload == nil ? 0 : 1))\r\n")
        for word in words { writeString("$\(word.utf8.count)\r\n\(word)\r\n") }
        guard let payload else { return }
        writeString("$\(payload.readableBytes)\r\n")
        writeImmutableBuffer(payload)
        writeStaticString("\r\n")
    }
}

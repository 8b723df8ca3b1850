import NIOCore

/// Turns a client's bytes into WebSocket messages (RFC 6455), within limits, without trusting a single one of them.
///
///     header ──► payload ──► header …
///     A data frame without FIN opens a message that continuation frames extend until FIN; control frames may come
///     between. Any violation is final: the reader must not be used after it has thrown.
///
/// A message is copied once, while it is unmasked, into a buffer of its own size; so fragments of any number hold no
/// more memory than the message may have.
struct WebSocketReader {
    /// What a client's frames amount to.
    enum Event: Equatable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        /// The client closes, with this status code if it gave one.
        case close(UInt16?)
    }

    /// Why a client's bytes are refused; the raw value is the close code that says so.
    enum Violation: UInt16, Error {
        case protocolError = 1002
        case invalidText = 1007
        case tooBig = 1009
    }

    private struct Header {
        var opcode: WebSocketOpcode
        var isFinal: Bool
        var isCompressed: Bool
        var length: Int
        var mask: UInt32
    }

    /// The most frames in one message; real clients cut large messages into a handful.
    static let maxFragments = 4096
    private static let longestControl = 125

    private let maxPayload: Int
    private var pending: ByteBuffer?
    private var header: Header?
    private var message: (opcode: WebSocketOpcode, isCompressed: Bool, bytes: ByteBuffer, fragments: Int)?
    private let allowsCompression: Bool

    /// Makes a reader that refuses messages of more than `maxPayload` bytes; compressed ones, if it takes them at all,
    /// by what they hold.
    init(maxPayload: Int, allowsCompression: Bool = false) {
        self.maxPayload = maxPayload
        self.allowsCompression = allowsCompression
    }

    /// Adds bytes as they came from the socket.
    mutating func feed(_ bytes: ByteBuffer) {
        if pending == nil {
            pending = bytes
        } else {
            pending?.writeImmutableBuffer(bytes)
        }
    }

    /// Takes the next complete event; nil when more bytes are needed.
    mutating func next() throws(Violation) -> Event? {
        while true {
            if header == nil { header = try readHeader() }
            guard let current = header, let payload = readPayload(current) else {
                compact()
                return nil
            }
            header = nil
            if let event = try take(current, payload) { return event }
        }
    }

    /// Keeps nothing but unread bytes between reads.
    private mutating func compact() {
        if pending?.readableBytes == 0 {
            pending = nil
        } else {
            pending?.discardReadBytes()
        }
    }

    private mutating func readHeader() throws(Violation) -> Header? {
        guard var bytes = pending, let first: UInt8 = bytes.readInteger(), let second: UInt8 = bytes.readInteger()
        else { return nil }
        guard first & 0x30 == 0, let opcode = WebSocketOpcode(rawValue: first & 0x0F), second & 0x80 != 0 else {
            throw .protocolError
        }
        // RFC 7692, 6: the bit is on the first frame of a compressed message, and on no other.
        let isCompressed = first & 0x40 != 0
        guard !isCompressed || allowsCompression && (opcode == .text || opcode == .binary) else {
            throw .protocolError
        }
        let isFinal = first & 0x80 != 0
        var length = UInt64(second & 0x7F)
        if opcode.isControl {
            guard isFinal, length <= UInt64(Self.longestControl) else { throw .protocolError }
        } else {
            guard (opcode == .continuation) == (message != nil) else { throw .protocolError }
        }
        if length == 126 {
            guard let long: UInt16 = bytes.readInteger() else { return nil }
            length = UInt64(long)
        } else if length == 127 {
            guard let long: UInt64 = bytes.readInteger() else { return nil }
            length = long
        }
        let room = opcode.isControl ? Self.longestControl : maxPayload - (message?.bytes.readableBytes ?? 0)
        guard length <= UInt64(max(room, 0)) else { throw .tooBig }
        guard let mask: UInt32 = bytes.readInteger() else { return nil }
        pending = bytes
        return Header(
            opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, length: Int(length), mask: mask)
    }

    /// Takes a frame's payload off the pending bytes, unmasked; nil when it has not all come.
    private mutating func readPayload(_ header: Header) -> ByteBuffer? {
        guard header.length > 0 else { return ByteBuffer() }
        guard let slice = pending?.readSlice(length: header.length) else { return nil }
        return slice.unmasked(with: header.mask)
    }

    private mutating func take(_ header: Header, _ payload: ByteBuffer) throws(Violation) -> Event? {
        switch header.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong
        case .close:
            return .close(try closeCode(payload))
        case .text, .binary:
            if header.isFinal { return try complete(header.opcode, header.isCompressed, payload) }
            message = (header.opcode, header.isCompressed, payload, 1)
            return nil
        case .continuation:
            guard var open = message else { throw .protocolError }
            message = nil
            open.bytes.writeImmutableBuffer(payload)
            open.fragments += 1
            guard open.fragments <= Self.maxFragments else { throw .tooBig }
            if header.isFinal { return try complete(open.opcode, open.isCompressed, open.bytes) }
            message = open
            return nil
        }
    }

    /// The status code in a close frame (RFC 6455, 5.5.1 and 7.4); nil when it is empty.
    private func closeCode(_ payload: ByteBuffer) throws(Violation) -> UInt16? {
        guard payload.readableBytes > 0 else { return nil }
        var reason = payload
        guard let code: UInt16 = reason.readInteger() else { throw .protocolError }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .protocolError
        }
        guard reason.isUTF8 else { throw .invalidText }
        return code
    }

    private func complete(
        _ opcode: WebSocketOpcode, _ isCompressed: Bool, _ received: ByteBuffer
    ) throws(Violation) -> Event {
        let bytes = isCompressed ? try inflated(received) : received
        guard opcode == .text else { return .binary(bytes) }
        guard bytes.isUTF8 else { throw .invalidText }
        return .text(bytes)
    }

    private func inflated(_ packed: ByteBuffer) throws(Violation) -> ByteBuffer {
        var packed = packed
        packed.writeBytes(MessageDeflation.tail)
        do throws(Zlib.Failure) {
            return try Zlib.inflated(packed.readableBytesView, limit: maxPayload)
        } catch {
            throw error == .tooLarge ? .tooBig : .protocolError
        }
    }
}

extension ByteBuffer {
    /// A copy of the readable bytes with the client's mask taken off, eight bytes at a time.
    fileprivate func unmasked(with mask: UInt32) -> ByteBuffer {
        let count = readableBytes
        var result = ByteBufferAllocator().buffer(capacity: count)
        let key = mask.bigEndian
        let wide = UInt64(key) << 32 | UInt64(key)
        // Safety: both buffers have `count` bytes, and every load and store ends in front of that.
        result.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            withUnsafeReadableBytes { source in
                var index = 0
                while index + 8 <= count {
                    let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide
                    target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                    index += 8
                }
                while index < count {
                    target[index] = source[index] ^ UInt8(truncatingIfNeeded: key >> (8 * UInt32(index & 3)))
                    index += 1
                }
            }
            return count
        }
        return result
    }
}

import NIOCore
import Redis

/// One connection to RabbitMQ, in as much of AMQP 0-9-1 as a fan-out exchange takes: each channel of ours is an
/// exchange that hands every message to every queue bound to it, and who listens has a queue of its own.
///
///     start ──Start──► tune ──Tune──► open ──Open-Ok──► channel ──Channel.Open-Ok──► ready
///
/// As Kombu does it, exchanges are of the type fanout and not durable. Queues are exclusive, so that they end with the
/// connection, and nothing is acknowledged: what is lost is lost.
struct RabbitSession: LinkSession {
    /// What RabbitMQ's bytes mean.
    enum News: Equatable {
        case message(ByteBuffer, exchange: String)
        /// Every subscription and cancellation asked for has been confirmed.
        case settled
    }

    /// A message whose header or body is still on its way.
    private struct Delivery {
        var exchange: String
        var missing: Int?
        var body = ByteBuffer()
    }

    private static let frameSize = 131_072

    private let url: RabbitURL
    private let maxMessageBytes: Int
    /// Seconds between signs of life, as both sides promise each other.
    private let heartbeat: UInt16
    private var frameSize = RabbitSession.frameSize
    private var declared: Set<String> = []
    private var queues: [String: String] = [:]
    private var unconfirmed = 0
    private var delivery: Delivery?
    private var wasHeard = true
    private var silentBeats = 0

    init(_ url: RabbitURL, limits: BrokerLimits) {
        self.url = url
        maxMessageBytes = limits.maxMessageBytes
        heartbeat = UInt16(clamping: max(1, (limits.heartbeat.nanoseconds + 999_999_999) / 1_000_000_000))
    }

    private(set) var isReady = false
    var isSettled: Bool { unconfirmed == 0 }

    mutating func opened(_ out: inout ByteBuffer) {
        out.writeBytes(Array("AMQP".utf8) + [0, 0, 9, 1])
    }

    mutating func closing(_ out: inout ByteBuffer) {
        out.writeMethod(.connectionClose, channel: 0) { buffer in
            buffer.writeInteger(UInt16(200))
            buffer.writeShort("")
            buffer.writeInteger(UInt32(0))
        }
    }

    mutating func beat(_ out: inout ByteBuffer) throws(LinkFailure) {
        silentBeats = wasHeard ? 0 : silentBeats + 1
        wasHeard = false
        guard silentBeats < 2 else { throw .silent }
        out.writeFrame(.heartbeat, channel: 0) { _ in }
    }

    // MARK: commands

    private mutating func declare(_ exchange: String, _ out: inout ByteBuffer) {
        guard declared.insert(exchange).inserted else { return }
        out.writeMethod(.exchangeDeclare) { buffer in
            buffer.writeInteger(UInt16(0))
            buffer.writeShort(exchange)
            buffer.writeShort("fanout")
            buffer.writeInteger(Flag.declareNoWait)
            buffer.writeInteger(UInt32(0))
        }
    }

    /// Bits of methods' arguments, the first argument in the lowest (specification, 4.2.5.2).
    private enum Flag {
        static let declareNoWait: UInt8 = 1 << 4
        static let exclusive: UInt8 = 1 << 2
        static let noWait: UInt8 = 1
        static let noAcknowledgements: UInt8 = 1 << 1
        static let deleteNoWait: UInt8 = 1 << 2
    }

    mutating func subscribe(to exchange: String, _ out: inout ByteBuffer) {
        let queue = "python-socketio." + RandomName.hexadecimal(32)
        queues[exchange] = queue
        unconfirmed += 1
        declare(exchange, &out)
        out.writeMethod(.queueDeclare) { buffer in
            buffer.writeInteger(UInt16(0))
            buffer.writeShort(queue)
            buffer.writeInteger(Flag.exclusive | Flag.declareNoWait)
            buffer.writeInteger(UInt32(0))
        }
        out.writeMethod(.queueBind) { buffer in
            buffer.writeInteger(UInt16(0))
            buffer.writeShort(queue)
            buffer.writeShort(exchange)
            buffer.writeShort("")
            buffer.writeInteger(Flag.noWait)
            buffer.writeInteger(UInt32(0))
        }
        out.writeMethod(.basicConsume) { buffer in
            buffer.writeInteger(UInt16(0))
            buffer.writeShort(queue)
            buffer.writeShort(exchange)
            buffer.writeInteger(Flag.noAcknowledgements)
            buffer.writeInteger(UInt32(0))
        }
    }

    mutating func unsubscribe(from exchange: String, _ out: inout ByteBuffer) {
        guard let queue = queues.removeValue(forKey: exchange) else { return }
        unconfirmed += 1
        out.writeMethod(.basicCancel) { buffer in
            buffer.writeShort(exchange)
            buffer.writeInteger(UInt8(0))
        }
        out.writeMethod(.queueDelete) { buffer in
            buffer.writeInteger(UInt16(0))
            buffer.writeShort(queue)
            buffer.writeInteger(Flag.deleteNoWait)
        }
    }

    mutating func publish(_ message: ByteBuffer, on exchange: String, _ out: inout ByteBuffer) {
        declare(exchange, &out)
        out.writeMethod(.basicPublish) { buffer in
            buffer.writeInteger(UInt16(0))
            buffer.writeShort(exchange)
            buffer.writeShort("")
            buffer.writeInteger(UInt8(0))
        }
        out.writeFrame(.header, channel: 1) { buffer in
            buffer.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(message.readableBytes))
            // Content type, content encoding and delivery mode, as Kombu sets them for text.
            buffer.writeInteger(UInt16(0xD000))
            buffer.writeShort("text/plain")
            buffer.writeShort("utf-8")
            buffer.writeInteger(UInt8(1))
        }
        var rest = message
        while let piece = rest.readSlice(length: min(rest.readableBytes, frameSize - AMQPFrame.overhead)),
            piece.readableBytes > 0
        {
            out.writeFrame(.body, channel: 1) { $0.writeImmutableBuffer(piece) }
        }
    }

    // MARK: what comes

    mutating func received(
        _ bytes: inout ByteBuffer, _ out: inout ByteBuffer, _ news: inout [News]
    ) throws(LinkFailure) {
        while let frame = try AMQPFrame.next(&bytes, maxSize: Self.frameSize) {
            wasHeard = true
            switch frame.kind {
            case .heartbeat: break
            case .method: if let one = try method(frame.payload, &out) { news.append(one) }
            case .header: try header(frame.payload)
            case .body:
                let missing = delivery?.missing ?? 0
                delivery?.missing = missing - frame.payload.readableBytes
                delivery?.body.writeImmutableBuffer(frame.payload)
            }
            if let whole = delivery, let missing = whole.missing, missing <= 0 {
                delivery = nil
                guard missing == 0 else { throw .malformed("more came of a message than was said") }
                news.append(.message(whole.body, exchange: whole.exchange))
            }
        }
    }

    private mutating func header(_ payload: ByteBuffer) throws(LinkFailure) {
        var payload = payload
        guard let (_, _, size) = payload.readMultipleIntegers(as: (UInt16, UInt16, UInt64).self),
            size <= UInt64(maxMessageBytes)
        else { throw .malformed("a message is too large") }
        delivery?.missing = Int(size)
    }

    private mutating func method(_ payload: ByteBuffer, _ out: inout ByteBuffer) throws(LinkFailure) -> News? {
        var payload = payload
        guard let number: UInt32 = payload.readInteger() else { throw .malformed("an empty method") }
        switch AMQPFrame.Method(rawValue: number) {
        case .connectionStart: logIn(&out)
        case .connectionTune: try tune(&payload, &out)
        case .connectionOpenOk: out.writeMethod(.channelOpen) { $0.writeShort("") }
        case .channelOpenOk: isReady = true
        case .basicConsumeOk, .basicCancelOk:
            unconfirmed -= 1
            return isSettled ? .settled : nil
        case .basicDeliver:
            guard let exchange = payload.readShort() else { throw .malformed("a delivery to nobody") }
            delivery = Delivery(exchange: exchange)
        case .connectionClose, .channelClose:
            let code = payload.readInteger(as: UInt16.self) ?? 0
            throw .refused("\(code) \(payload.readShort() ?? "")")
        default: throw .malformed("a method that is not expected: \(number)")
        }
        return nil
    }

    private func logIn(_ out: inout ByteBuffer) {
        out.writeMethod(.connectionStartOk, channel: 0) { buffer in
            buffer.writeLong { properties in
                properties.writeShort("capabilities")
                properties.writeInteger(UInt8(ascii: "F"))
                properties.writeLong { table in
                    // Asks for a word of why a login failed, in place of a silent end.
                    table.writeShort("authentication_failure_close")
                    table.writeMultipleIntegers(UInt8(ascii: "t"), UInt8(1))
                }
            }
            buffer.writeShort("PLAIN")
            buffer.writeLong { $0.writeString("\0\(url.user)\0\(url.password)") }
            buffer.writeShort("en_US")
        }
    }

    private mutating func tune(_ payload: inout ByteBuffer, _ out: inout ByteBuffer) throws(LinkFailure) {
        guard let (_, size, _) = payload.readMultipleIntegers(as: (UInt16, UInt32, UInt16).self) else {
            throw .malformed("no tuning")
        }
        // Zero stands for no limit; 4096 is the least that either side may ask for (specification, 1.4.2.5).
        if size > 0 { frameSize = min(max(Int(size), 4096), Self.frameSize) }
        out.writeMethod(.connectionTuneOk, channel: 0) {
            $0.writeMultipleIntegers(UInt16(1), UInt32(frameSize), heartbeat)
        }
        out.writeMethod(.connectionOpen, channel: 0) { buffer in
            buffer.writeShort(url.virtualHost)
            buffer.writeShort("")
            buffer.writeInteger(UInt8(0))
        }
    }
}

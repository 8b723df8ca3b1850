import NIOCore

/// Messages that many clients get one right after the other, prepared once for all of them.
public struct Volley: Sendable {
    public let messages: [Outgoing]
    /// All frames of all messages as they go to a WebSocket of version 4 without compression; nil when each message has
    /// to be looked at.
    let frames: ByteBuffer?
    /// How many packets `frames` holds.
    let packetCount: Int

    /// The most bytes that are put together: beyond that a client's queue is judged after each message.
    private static let mostBytes = 65_536

    public init(_ messages: [Outgoing]) {
        self.messages = messages
        if let only = messages.first, messages.count == 1, only.attachments.isEmpty, !only.isVolatile {
            (frames, packetCount) = (only.packet.frame, 1)
            return
        }
        var count = 0
        var size = 0
        var canJoin = true
        for message in messages {
            count += 1 + message.attachments.count
            size += message.attachments.reduce(message.packet.size) { $0 + $1.size }
            if message.isVolatile { canJoin = false }
        }
        packetCount = count
        guard canJoin, size <= Self.mostBytes else {
            frames = nil
            return
        }
        var joined = ByteBufferAllocator().buffer(capacity: size)
        for message in messages {
            joined.writeImmutableBuffer(message.packet.frame)
            for attachment in message.attachments { joined.writeImmutableBuffer(attachment.frame) }
        }
        frames = joined
    }
}

public import NIOCore

/// Names one HTTP request or one WebSocket of a session, so that late events of an old one are told apart.
public struct LinkID: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }
}

extension Session {
    /// What happens to a session.
    public enum Input: Sendable {
        /// A GET arrived and waits for packets.
        case pollOpened(LinkID)
        /// A POST's head arrived, and says whether the body is bytes; the body is still being read.
        case postOpened(LinkID, isBinary: Bool = false)
        /// The body of a POST is complete.
        case postReceived(LinkID, ByteBuffer)
        /// The body of a POST is larger than the limit.
        case postTooLarge(LinkID)
        /// The connection of a GET or POST broke before it was answered.
        case requestDropped(LinkID)
        /// A WebSocket opened for this session.
        case socketOpened(LinkID)
        case socketText(LinkID, ByteBuffer)
        case socketBinary(LinkID, ByteBuffer)
        /// A WebSocket closed; `failed` when it broke or broke its rules.
        case socketClosed(LinkID, failed: Bool)
        /// The application sends.
        case send(Outgoing)
        /// What was queued for a poll in this turn of the event loop may go out now.
        case flush
        /// The application closes the session.
        case close(CloseReason)
        /// The connection cannot take more: its queue outside the session is over the limit.
        case overflowed
        /// Nobody waits for the client any more: what is unsaid is dropped.
        case abandon
        /// The time of `nextDeadline` has come.
        case timer
    }

    /// What a session wants done.
    public enum Action: Sendable {
        case answer(LinkID, Answer)
        /// Break the connection of a request without an answer.
        case abort(LinkID)
        case write(LinkID, EncodedPacket)
        /// Close a WebSocket without a status code, after what was written to it.
        case closeSocket(LinkID)
        /// Send `flush` at the end of this turn of the event loop.
        case requestFlush
        /// Hand a message to the application.
        case deliver(Message)
        /// The session moved from polling to WebSocket.
        case upgraded
        /// A volatile message was dropped.
        case droppedVolatile
        /// The application is told that the session is over; comes exactly once.
        case ended(CloseReason)
        /// Nothing of the session remains and its identifier may be forgotten; comes exactly once, not before `ended`.
        case released
    }

    /// How a polling request is answered.
    public enum Answer: Sendable {
        /// 200 with these packets.
        case packets([EncodedPacket])
        /// 200 `ok`.
        case accepted
        /// 400 without a body.
        case refused
        /// 400 "Bad request": the session does not take this kind of request any more.
        case wrongTransport
        /// 400 "Session ID unknown".
        case unknownSession
        /// 503: the server stops, and the client may look for another.
        case goingAway
        /// 413 without a body.
        case tooLarge
    }
}

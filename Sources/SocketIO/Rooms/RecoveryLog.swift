import EngineIO
import NIOConcurrencyHelpers
public import NIOCore

/// How clients that lose their connection get back what they had, and what they missed meanwhile.
public struct ConnectionRecovery: Sendable {
    /// How long a client may be away.
    public var maxDisconnection = TimeAmount.seconds(120)
    /// Whether a client that comes back in time passes the middlewares unasked; it did when it first came.
    public var skipsMiddlewares = true
    /// The most bytes of events that are kept for clients that are away; the oldest are given up first.
    public var maxLoggedBytes = 16_777_216
    /// The most clients of a namespace that may be away; those that have been longest are given up first.
    public var maxSessions = 10_000

    public init() {}
}

/// What a namespace keeps for clients that are away: the events of late, in the order in which everyone hears them, and
/// whom each client was when it was lost.
///
/// An event gets its number, and goes to the event loops, under one lock: so every client hears events in the order of
/// their numbers, and the last number that it heard says exactly what it missed.
final class RecoveryLog: Sendable {
    /// A client that is away.
    struct Session: Sendable {
        let id: String
        let rooms: [String]
        let values: SocketValues
    }

    /// A client that came back: who it was, and the number of the last event that it had heard.
    struct Return: Sendable {
        let session: Session
        let heard: UInt64
    }

    private struct Entry {
        let packet: BroadcastPacket
        let target: Target
        let time: NIODeadline
    }

    private struct State {
        var entries = CircularBuffer<Entry>(initialCapacity: 0)
        /// The number of the first entry; the next event's is this plus their count.
        var first: UInt64 = 1
        var bytes = 0
        var sessions: [String: (session: Session, until: NIODeadline)] = [:]
        /// Private identifiers in the order in which they were saved; some may be gone already.
        var order = CircularBuffer<String>(initialCapacity: 0)
    }

    /// What an entry takes beside its bytes.
    private static let entryOverhead = 256

    private let settings: ConnectionRecovery
    private let state = NIOLockedValueBox(State())

    init(_ settings: ConnectionRecovery) {
        self.settings = settings
    }

    var skipsMiddlewares: Bool { settings.skipsMiddlewares }

    /// Gives a packet its number and hands it to `deliver`, which must only put it into queues.
    func append(_ packet: BroadcastPacket, to target: Target, _ deliver: (Outgoing, UInt64) -> Void) {
        let now = NIODeadline.now()
        state.withLockedValue { state in
            let number = state.first + UInt64(state.entries.count)
            state.entries.append(Entry(packet: packet, target: target, time: now))
            state.bytes += packet.size + Self.entryOverhead
            while let oldest = state.entries.first,
                state.bytes > settings.maxLoggedBytes || oldest.time + settings.maxDisconnection < now
            {
                state.entries.removeFirst()
                state.first += 1
                state.bytes -= oldest.packet.size + Self.entryOverhead
            }
            deliver(packet.encoded(offset: String(number, radix: 36)), number)
        }
    }

    /// Keeps what a client was, under a name that only the client knows.
    func save(_ session: Session, as privateID: String) {
        let now = NIODeadline.now()
        state.withLockedValue { state in
            state.sessions[privateID] = (session, now + settings.maxDisconnection)
            state.order.append(privateID)
            while let oldest = state.order.first {
                let until = state.sessions[oldest]?.until
                guard state.order.count > settings.maxSessions || until == nil || until.map({ $0 < now }) == true
                else { break }
                state.order.removeFirst()
                state.sessions[oldest] = nil
            }
        }
    }

    /// Takes a client's session out; nil when it was away too long or when what it missed is not all there any more.
    func take(_ privateID: String, offset: String) -> Return? {
        let now = NIODeadline.now()
        return state.withLockedValue { state in
            guard let (session, until) = state.sessions.removeValue(forKey: privateID), until >= now,
                offset.utf8.count < 14, let heard = UInt64(offset, radix: 36), heard + 1 >= state.first,
                heard < state.first + UInt64(state.entries.count)
            else { return nil }
            return Return(session: session, heard: heard)
        }
    }

    /// What a client with this identifier, in these rooms, has not heard since the event `heard`, and the number of the
    /// last event there is.
    func missed(since heard: UInt64, id: String, rooms: Set<String>) -> (packets: [Outgoing], last: UInt64) {
        state.withLockedValue { state in
            var packets: [Outgoing] = []
            for (place, entry) in state.entries.enumerated() {
                let number = state.first + UInt64(place)
                guard number > heard, entry.target.means(id: id, rooms: rooms) else { continue }
                packets.append(entry.packet.encoded(offset: String(number, radix: 36)))
            }
            return (packets, state.first + UInt64(state.entries.count) - 1)
        }
    }

    /// How many events and clients are kept.
    var counts: (events: Int, sessions: Int) {
        state.withLockedValue { ($0.entries.count, $0.sessions.count) }
    }
}

extension Target {
    /// Whether a socket with this identifier, in these rooms, is meant.
    func means(id: String, rooms mine: Set<String>) -> Bool {
        func isIn(_ room: String) -> Bool { room == id || mine.contains(room) }
        return (rooms.isEmpty || rooms.contains(where: isIn)) && !except.contains(where: isIn)
    }
}

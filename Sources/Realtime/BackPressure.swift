import Domain
import NIOCore
import SocketIO
import Synchronization

/// What an event is about, so that one that cannot be sent now can be made up for later.
enum Matter: Hashable, Sendable {
    /// A watch is as the event says; told later, it will be as it is then.
    case update(WatchID)
    case deletion(WatchID)
    /// Only of interest at this moment: left out when it cannot be sent at once.
    case passing
}

/// What one client is still to be told because it reads more slowly than things happen: of which watches, not what, so
/// that the latest state wins however long it takes, and a client costs a few bytes for each watch at most.
///
///     even ──an event, and much waits to be read──► behind ──all told──► even
///                                                        └──nothing read for too long──► dropped
///
/// While it is behind all that concerns it goes this way, in pieces as it reads, so nothing newer is overtaken by
/// something older.
final class BackPressure: Sendable {
    /// So many bytes may wait for a client that keeps up: a burst goes out encoded once for all.
    static let highWaterMark = 262_144
    /// The most watches that are told between two looks at whether the client reads.
    private static let piece = 32

    /// What is told next, or was not told because the store failed.
    struct Piece: Sendable {
        var updates: Set<WatchID> = []
        var deletions: Set<WatchID> = []

        var isEmpty: Bool { updates.isEmpty && deletions.isEmpty }
    }

    private struct State {
        var rest = Piece()
        var isOpen = false
    }

    private let state = Mutex(State())
    /// Makes the events of a piece, as they are now.
    private let events: @Sendable (Piece) async throws -> [(RealtimeEvent, [UInt8])]
    /// How long a client may take to read what it was sent before it is dropped.
    private let readTimeout: TimeAmount

    init(
        readTimeout: TimeAmount, events: @escaping @Sendable (Piece) async throws -> [(RealtimeEvent, [UInt8])]
    ) {
        self.readTimeout = readTimeout
        self.events = events
    }

    /// Whether `socket`, for which `waiting` bytes wait, is to be sent an event now; if not, what it is about is noted
    /// and told later.
    func takes(_ matter: Matter, _ socket: Socket, waiting: Int) -> Bool {
        let (isTaken, begins) = state.withLock { state -> (Bool, Bool) in
            if !state.isOpen, waiting <= Self.highWaterMark { return (true, false) }
            guard state.rest.note(matter) else { return (false, false) }
            defer { state.isOpen = true }
            return (false, !state.isOpen)
        }
        if begins { Task { await settle(socket) } }
        return isTaken
    }

    /// Tells of `watches` as the client reads.
    func tell(_ watches: some Sequence<WatchID>, _ socket: Socket) {
        let begins = state.withLock { state in
            state.rest.updates.formUnion(watches)
            guard !state.isOpen, !state.rest.isEmpty else { return false }
            state.isOpen = true
            return true
        }
        if begins { Task { await settle(socket) } }
    }

    private func settle(_ socket: Socket) async {
        while await socket.drained(within: readTimeout) {
            guard let piece = next() else { return }
            do {
                for (event, json) in try await events(piece) {
                    socket.emit(event.rawValue, rawJSON: ByteBuffer(bytes: json))
                }
            } catch {
                // The store fails: what this client misses it asks for anew when it comes back.
                break
            }
        }
        state.withLock { $0 = State() }
        socket.dropSlow()
    }

    /// Takes the next piece out; nil, and even again, when there is none.
    private func next() -> Piece? {
        state.withLock { state in
            let piece = state.rest.take(Self.piece)
            state.isOpen = !piece.isEmpty
            return piece.isEmpty ? nil : piece
        }
    }
}

extension BackPressure.Piece {
    /// Notes what is to be told; false when that is nothing.
    fileprivate mutating func note(_ matter: Matter) -> Bool {
        switch matter {
        case .update(let watch): if !deletions.contains(watch) { updates.insert(watch) }
        case .deletion(let watch):
            updates.remove(watch)
            deletions.insert(watch)
        case .passing: return false
        }
        return true
    }

    /// Takes `count` out, deletions first.
    fileprivate mutating func take(_ count: Int) -> BackPressure.Piece {
        var taken = BackPressure.Piece()
        while taken.deletions.count < count, let watch = deletions.popFirst() { taken.deletions.insert(watch) }
        while taken.deletions.count + taken.updates.count < count, let watch = updates.popFirst() {
            taken.updates.insert(watch)
        }
        return taken
    }
}

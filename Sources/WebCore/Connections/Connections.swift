import EngineIO
import NIOCore
import Synchronization

/// All connections that carry HTTP: how many there are, what they hold together, and who goes when there is no room.
///
/// A new one that there is no room for takes the place of the one that has been idle longest. Where none is idle, it is
/// let in as an *extra*: it may ask how the program is, and gets 503 for anything else. There are only a few extras at
/// a time; one more closes the first.
package final class Connections: Sendable {
    /// What happens to a connection that comes.
    enum Entry: Equatable {
        case seated, extra, forbidden
    }

    private struct State {
        var seats: [ObjectIdentifier: Seat] = [:]
        var perNetwork: [RemoteNetwork: Int] = [:]
        /// Connections without a request in hand, by when that began.
        var idle: [ObjectIdentifier: UInt64] = [:]
        /// Connections beyond the limits, the oldest first.
        var extras: [Seat] = []
        /// Bytes of requests and of answers, of all together and of those that have any.
        var requestBytes = 0
        var unreadBytes = 0
        var unread: [ObjectIdentifier: (bytes: Int, since: NIODeadline)] = [:]
        var moment: UInt64 = 0
    }

    /// As many as may ask at once how the program is while there is no room, and no more than the reserve has.
    private static let mostExtras = 32

    let limits: ServerLimits
    private let mostExtras: Int
    private let state = Mutex(State())

    package init(_ limits: ServerLimits) {
        self.limits = limits
        let reserve = limits.firstForbiddenDescriptor - limits.firstReservedDescriptor
        mostExtras = reserve > 0 ? max(1, min(Self.mostExtras, reserve / 3)) : Self.mostExtras
    }

    /// Connections that carry HTTP now, extras not counted.
    package var count: Int { state.withLock { $0.seats.count } }
    /// The bytes of requests that are not answered yet.
    package var requestBytes: Int { state.withLock { $0.requestBytes } }
    /// The bytes of answers that their clients have not taken.
    package var unreadBytes: Int { state.withLock { $0.unreadBytes } }

    // MARK: coming and going

    /// Gives `seat` a place, or makes it an extra; makes room by ending others where it can.
    func enter(_ seat: Seat) -> Entry {
        if seat.descriptor >= limits.firstForbiddenDescriptor { return .forbidden }
        let (entry, leaving): (Entry, Seat?) = state.withLock { state in
            var leaving: Seat?
            if let network = seat.network, state.perNetwork[network, default: 0] >= limits.connectionsPerAddress {
                leaving = longestIdle(&state) { $0.network == network }
                if leaving == nil { return admitExtra(seat, &state) }
            } else if state.seats.count >= limits.connections || seat.descriptor >= limits.firstReservedDescriptor {
                leaving = longestIdle(&state) { _ in true }
                if leaving == nil { return admitExtra(seat, &state) }
            }
            state.seats[ObjectIdentifier(seat)] = seat
            if let network = seat.network { state.perNetwork[network, default: 0] += 1 }
            note(seat, isIdle: true, &state)
            return (.seated, leaving)
        }
        leaving?.end(entry == .extra ? .crowdedOut : .idle)
        return entry
    }

    private func admitExtra(_ seat: Seat, _ state: inout State) -> (Entry, Seat?) {
        let first = state.extras.count >= mostExtras ? state.extras.removeFirst() : nil
        state.extras.append(seat)
        return (.extra, first)
    }

    /// Takes the one of those that fit whose idleness is oldest off the list.
    private func longestIdle(_ state: inout State, where fits: (Seat) -> Bool) -> Seat? {
        var longest: (id: ObjectIdentifier, since: UInt64)?
        for (id, since) in state.idle where since < longest?.since ?? .max {
            if let seat = state.seats[id], fits(seat) { longest = (id, since) }
        }
        guard let longest else { return nil }
        state.idle[longest.id] = nil
        return remove(longest.id, &state)
    }

    @discardableResult
    private func remove(_ id: ObjectIdentifier, _ state: inout State) -> Seat? {
        guard let seat = state.seats.removeValue(forKey: id) else { return nil }
        if let network = seat.network {
            let count = state.perNetwork[network, default: 1]
            state.perNetwork[network] = count > 1 ? count - 1 : nil
        }
        return seat
    }

    /// The connection is over.
    func leave(_ seat: Seat) {
        let id = ObjectIdentifier(seat)
        state.withLock { state in
            remove(id, &state)
            state.idle[id] = nil
            state.extras.removeAll { $0 === seat }
            state.requestBytes -= seat.requestBytes
            if let unread = state.unread.removeValue(forKey: id) { state.unreadBytes -= unread.bytes }
        }
        seat.requestBytes = 0
    }

    /// The connection has no request in hand, or has one.
    func note(_ seat: Seat, isIdle: Bool) {
        state.withLock { note(seat, isIdle: isIdle, &$0) }
    }

    private func note(_ seat: Seat, isIdle: Bool, _ state: inout State) {
        let id = ObjectIdentifier(seat)
        guard state.seats[id] != nil else { return }
        state.moment += 1
        state.idle[id] = isIdle ? state.moment : nil
    }

    // MARK: what they hold

    /// `count` more bytes of a request have come; false when all together are too many.
    func received(_ count: Int, by seat: Seat) -> Bool {
        seat.requestBytes += count
        return state.withLock { state in
            state.requestBytes += count
            return state.requestBytes <= limits.bodyBytes
        }
    }

    /// The request is answered, or none of its bytes are kept.
    func released(_ seat: Seat) {
        guard seat.requestBytes > 0 else { return }
        state.withLock { $0.requestBytes -= seat.requestBytes }
        seat.requestBytes = 0
    }

    /// Of an answer `count` bytes are not taken yet, and there was no progress since `since`. While all together are
    /// too many, those without progress for longest are ended.
    func unread(_ count: Int, since: NIODeadline, by seat: Seat) {
        let id = ObjectIdentifier(seat)
        let leaving = state.withLock { state -> [Seat] in
            state.unreadBytes += count - (state.unread[id]?.bytes ?? 0)
            state.unread[id] = count > 0 ? (count, since) : nil
            var leaving: [Seat] = []
            while state.unreadBytes > limits.unreadBytes,
                let (id, worst) = state.unread.min(by: { $0.value.since < $1.value.since })
            {
                state.unread[id] = nil
                state.unreadBytes -= worst.bytes
                if let seat = state.seats[id] ?? state.extras.first(where: { ObjectIdentifier($0) == id }) {
                    leaving.append(seat)
                }
            }
            return leaving
        }
        for seat in leaving { seat.end(.unread) }
    }
}

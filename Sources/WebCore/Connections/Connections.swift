import EngineIO
import NIOCore
import Synchronization

/// All connections that carry HTTP: how many there are, what they hold together, and who goes when there is no room.
///
/// A new one that there is no room for takes the place of the one that has rested or stalled longest: without a request
/// in hand, or with one that hardly comes, or with an answer that it does not take. Where there is none, for all others
/// are being answered or make progress, it is let in as an *extra*: it may ask how the program is, and gets 503 for
/// anything else. There are only a few extras at a time; one more closes the first.
package final class Connections: Sendable {
    /// What happens to a connection that comes.
    enum Entry: Equatable {
        case seated, extra, forbidden
    }

    private struct State {
        var seats: [ObjectIdentifier: Seat] = [:]
        var perNetwork: [RemoteNetwork: Int] = [:]
        /// Connections without a request in hand, and those whose request is waited for, by when that began.
        var idle: [ObjectIdentifier: Moment] = [:]
        var waitedFor: [ObjectIdentifier: Moment] = [:]
        /// Connections beyond the limits, the oldest first.
        var extras: [Seat] = []
        /// Bytes of requests and of answers, of all together and of those that have any.
        var requestBytes = 0
        var unreadBytes = 0
        var unread: [ObjectIdentifier: (seat: Seat, bytes: Int, since: NIODeadline)] = [:]
        var count: UInt64 = 0

        /// The moment that it is for `seat`, after all before.
        mutating func now(_ seat: Seat) -> Moment {
            count += 1
            return Moment(time: seat.channel.eventLoop.now, count: count)
        }
    }

    /// When something began; of two at the same time the first is the earlier.
    private struct Moment: Comparable {
        let time: NIODeadline
        let count: UInt64

        static func < (one: Moment, other: Moment) -> Bool { (one.time, one.count) < (other.time, other.count) }
    }

    /// Who gives way, and why.
    private struct Leaver {
        let seat: Seat
        let reason: Seat.Reason
    }

    /// Who has taken nothing of an answer for so long is stalling; whether there is progress is looked at twice in it.
    private static let readPatience = UnreadAnswers.interval * 2

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
        let (entry, leaver): (Entry, Leaver?) = state.withLock { state in
            var leaver: Leaver?
            if let network = seat.network, state.perNetwork[network, default: 0] >= limits.mostPerAddress {
                leaver = giveWay(to: seat, &state) { $0.network == network }
                if leaver == nil { return admitExtra(seat, &state) }
            } else if state.seats.count >= limits.connections || seat.descriptor >= limits.firstReservedDescriptor {
                leaver = giveWay(to: seat, &state) { _ in true }
                if leaver == nil { return admitExtra(seat, &state) }
            }
            state.seats[ObjectIdentifier(seat)] = seat
            if let network = seat.network { state.perNetwork[network, default: 0] += 1 }
            note(seat, isIdle: true, &state)
            return (.seated, leaver)
        }
        leaver.map { $0.seat.end($0.reason) }
        return entry
    }

    private func admitExtra(_ seat: Seat, _ state: inout State) -> (Entry, Leaver?) {
        let first = state.extras.count >= mostExtras ? state.extras.removeFirst() : nil
        state.extras.append(seat)
        return (.extra, first.map { Leaver(seat: $0, reason: .crowdedOut) })
    }

    /// Takes the place of the one that has rested or stalled longest, of those that fit.
    private func giveWay(to seat: Seat, _ state: inout State, where fits: (Seat) -> Bool) -> Leaver? {
        let now = seat.channel.eventLoop.now
        var longest: (since: Moment, leaver: Leaver)?
        func consider(_ id: ObjectIdentifier, _ since: Moment, _ reason: Seat.Reason, _ isSo: (Seat) -> Bool) {
            if let longest, longest.since < since { return }
            guard let seat = state.seats[id], fits(seat), isSo(seat) else { return }
            longest = (since, Leaver(seat: seat, reason: reason))
        }
        for (id, since) in state.idle { consider(id, since, .idle) { _ in state.unread[id] == nil } }
        for (id, since) in state.waitedFor {
            consider(id, since, .stalling) { $0.pace.isStalling(now, least: limits.leastBytesPerSecond) }
        }
        for (id, unread) in state.unread where now - unread.since >= Self.readPatience {
            consider(id, Moment(time: unread.since, count: 0), .unread) { _ in true }
        }
        guard let leaver = longest?.leaver else { return nil }
        remove(ObjectIdentifier(leaver.seat), &state)
        return leaver
    }

    private func remove(_ id: ObjectIdentifier, _ state: inout State) {
        state.idle[id] = nil
        state.waitedFor[id] = nil
        guard let seat = state.seats.removeValue(forKey: id) else { return }
        if let network = seat.network {
            let count = state.perNetwork[network, default: 1]
            state.perNetwork[network] = count > 1 ? count - 1 : nil
        }
    }

    /// The connection is over.
    func leave(_ seat: Seat) {
        let id = ObjectIdentifier(seat)
        state.withLock { state in
            remove(id, &state)
            state.extras.removeAll { $0 === seat }
            state.requestBytes -= seat.requestBytes
            if let unread = state.unread.removeValue(forKey: id) { state.unreadBytes -= unread.bytes }
        }
        seat.requestBytes = 0
        seat.isGone = true
    }

    /// The connection has no request in hand, or has one.
    func note(_ seat: Seat, isIdle: Bool) {
        state.withLock { note(seat, isIdle: isIdle, &$0) }
    }

    private func note(_ seat: Seat, isIdle: Bool, _ state: inout State) {
        let id = ObjectIdentifier(seat)
        guard state.seats[id] != nil else { return }
        state.idle[id] = isIdle ? state.now(seat) : nil
    }

    /// The rest of the connection's request is waited for, or no more.
    func note(_ seat: Seat, isWaitedFor: Bool) {
        let id = ObjectIdentifier(seat)
        state.withLock { state in
            guard isWaitedFor else { return state.waitedFor[id] = nil }
            guard state.seats[id] != nil, state.waitedFor[id] == nil else { return }
            state.waitedFor[id] = state.now(seat)
        }
    }

    // MARK: what they hold

    /// `count` more bytes of a request have come; false when all together are too many.
    func received(_ count: Int, by seat: Seat) -> Bool {
        guard !seat.isGone else { return true }
        seat.requestBytes += count
        return state.withLock { state in
            state.requestBytes += count
            return state.requestBytes <= limits.bodyBytes
        }
    }

    /// Of the bytes that have come no more than `kept` are held any more.
    func released(_ seat: Seat, keeping kept: Int) {
        guard seat.requestBytes > kept else { return }
        state.withLock { $0.requestBytes -= seat.requestBytes - kept }
        seat.requestBytes = kept
    }

    /// Of an answer `count` bytes are not taken yet, and there was no progress since `since`. While all together are
    /// too many, those without progress for longest are ended.
    func unread(_ count: Int, since: NIODeadline, by seat: Seat) {
        guard !seat.isGone else { return }
        let id = ObjectIdentifier(seat)
        let leaving = state.withLock { state -> [Seat] in
            state.unreadBytes += count - (state.unread[id]?.bytes ?? 0)
            state.unread[id] = count > 0 ? (seat, count, since) : nil
            var leaving: [Seat] = []
            while state.unreadBytes > limits.unreadBytes,
                let (id, worst) = state.unread.min(by: { $0.value.since < $1.value.since })
            {
                state.unread[id] = nil
                state.unreadBytes -= worst.bytes
                leaving.append(worst.seat)
            }
            return leaving
        }
        for seat in leaving { seat.end(.unread) }
    }
}

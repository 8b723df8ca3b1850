import EngineIO
import NIOCore

/// What one event loop has begun to do for its sockets, and how far it has come; confined to the loop.
final class LoopDesk {
    /// So many sockets are done with in one go: less would cost more to keep than it takes.
    static let mostAtOnce = 512
    /// How many sockets are sent to, and how many things are done, between two looks at the clock.
    private static let stride = 16

    /// Sockets that are called on one after the other, as they were when it began.
    private struct Leg {
        let sockets: [SocketCore]
        var next = 0
        let body: (SocketCore) -> Void
    }

    private let loop: any EventLoop
    /// What was asked for on the loop itself and is not yet done.
    var askedHere = 0
    /// What it has taken of the loop since it last let others go on.
    var row = LoopRow()
    /// What was taken, from `nextEntry` on not yet begun.
    private var entries: [LoopAgenda.Entry] = []
    private var nextEntry = 0
    private var leg: Leg?
    private var walks: [Walk] = []
    private var isWalking = false
    /// Before this moment no walk goes on.
    private var restsUntil = NIODeadline.uptimeNanoseconds(0)

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    /// Takes what is to be done after everything that it has.
    func take(_ more: [LoopAgenda.Entry]) {
        if nextEntry == entries.count {
            entries = more
            nextEntry = 0
        } else {
            entries += more
        }
    }

    /// Works until nothing is left (true) or the turn is over.
    func work(_ turn: LoopTurn) -> Bool {
        while true {
            if var current = leg {
                leg = nil
                guard Self.call(&current, turn) else {
                    leg = current
                    return false
                }
            }
            guard nextEntry < entries.count else {
                entries = []
                nextEntry = 0
                return true
            }
            nextEntry += 1
            begin(entries[nextEntry - 1])
            if leg == nil, nextEntry % Self.stride == 0, nextEntry < entries.count, turn.isOver { return false }
        }
    }

    private func begin(_ entry: LoopAgenda.Entry) {
        switch entry {
        case .broadcast(let first):
            var row = [first]
            while nextEntry < entries.count, case .broadcast(let next) = entries[nextEntry], first.isFollowed(by: next)
            {
                row.append(next)
                nextEntry += 1
            }
            let (whole, volley) = (row, Volley(row.map(\.outgoing)))
            begin(first.shard.value, first.target) { $0.send(whole, volley) }
        case .visit(let visit): begin(visit.shard.value, visit.target, visit.body)
        case .work(let work): work()
        }
    }

    private func begin(_ shard: RoomShard, _ target: Target, _ body: @escaping (SocketCore) -> Void) {
        if shard.count <= Self.mostAtOnce {
            shard.forEach(in: target, body)
        } else {
            leg = Leg(sockets: shard.members(of: target), body: body)
        }
    }

    /// Calls on the sockets of `leg`; false when the turn is over before the last.
    private static func call(_ leg: inout Leg, _ turn: LoopTurn) -> Bool {
        while leg.next < leg.sockets.count {
            leg.body(leg.sockets[leg.next])
            leg.next += 1
            if leg.next % stride == 0, turn.isOver, leg.next < leg.sockets.count { return false }
        }
        return true
    }
}

// MARK: walks

/// A round of calls on many sockets that takes its time; confined to its event loop once it has begun.
final class Walk {
    fileprivate let visit: Visit
    fileprivate let done: @Sendable () -> Void
    fileprivate var sockets: [SocketCore]?
    fileprivate var next = 0

    init(_ visit: Visit, done: @escaping @Sendable () -> Void) {
        self.visit = visit
        self.done = done
    }
}

extension LoopDesk {
    /// After each turn of walking the loop does other things for this many times as long: a quarter of its time is
    /// the most that walks get.
    private static let restPerWalk = 3.0
    /// How many sockets are called on between two looks at the clock: each may be a system call with many bytes.
    private static let walkStride = 4

    /// Begins a walk, beside those under way.
    func begin(_ walk: Walk) {
        walks.append(walk)
        guard !isWalking else { return }
        isWalking = true
        if NIODeadline.now() >= restsUntil { walkOn() } else { rest() }
    }

    private func rest() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        LoopTurn.goOn(loop, after: restsUntil - NIODeadline.now()) { bound.value.walkOn() }
    }

    /// Walks for a turn, unless there is something that goes before; then the next walk has its turn.
    private func walkOn() {
        guard leg == nil, nextEntry == entries.count else { return rest() }
        let turn = LoopTurn()
        while !walks.isEmpty {
            let walk = walks.removeFirst()
            guard call(walk, turn) else {
                walks.append(walk)
                break
            }
            walk.done()
            if turn.isOver { break }
        }
        restsUntil =
            NIODeadline.now() + TimeAmount.nanoseconds(Int64(Double(turn.spent.nanoseconds) * Self.restPerWalk))
        isWalking = !walks.isEmpty
        if isWalking { rest() }
    }

    /// Calls on the sockets of `walk`; false when the turn is over before the last.
    private func call(_ walk: Walk, _ turn: LoopTurn) -> Bool {
        let sockets = walk.sockets ?? walk.visit.shard.value.members(of: walk.visit.target)
        walk.sockets = sockets
        while walk.next < sockets.count {
            walk.visit.body(sockets[walk.next])
            walk.next += 1
            if walk.next % Self.walkStride == 0, turn.isOver, walk.next < sockets.count { return false }
        }
        return true
    }
}

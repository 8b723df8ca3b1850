import EngineIO
import NIOConcurrencyHelpers
import NIOCore

/// What other threads want done for the sockets of one event loop, in the order in which they asked for it.
///
///     idle ──something is asked for──► called ──the loop gets there──► working ──nothing left──► idle
///                                        ▲                               │
///                                        └──the turn is over, more came ─┘
///                                           often, or much is to be flushed
///
/// The loop is woken once for everything that comes before it gets there, and broadcasts in a row to the same sockets
/// reach each socket in one go: most of what a broadcast costs is to find each client and to hand its bytes to the
/// system. A broadcast to very many, and very many in a row, are done in turns, between which requests are served;
/// nothing overtakes them.
final class LoopAgenda: Sendable {
    enum Entry: Sendable {
        case broadcast(Broadcast)
        case visit(Visit)
        case work(@Sendable () -> Void)
    }

    private struct State {
        var entries: [Entry] = []
        var isLoopCalled = false
        /// Whose connections these are; weak, since it leads back here.
        weak var engine: Engine?
    }

    let loop: any EventLoop
    private let state = NIOLockedValueBox(State())
    private let desk: NIOLoopBoundBox<LoopDesk>

    /// How often the loop looks for more at once, so that reading and flushing do not wait for ever.
    private static let mostRounds = 4

    init(_ loop: any EventLoop) {
        self.loop = loop
        desk = .makeBoxSendingValue(LoopDesk(loop), eventLoop: loop)
    }

    /// From now on nothing is begun while the connections of `engine` have more to flush than a turn has time for.
    func serve(_ engine: Engine) {
        state.withLockedValue { $0.engine = engine }
    }

    /// Sends an event to the sockets of this loop, after everything that was asked for before.
    func add(_ broadcast: Broadcast) {
        add(.broadcast(broadcast))
    }

    /// Does something with each socket that is meant; at once where this is the loop already and they are few, and else
    /// after everything that was asked for before.
    func run(_ visit: Visit) {
        if mayGoFirst, visit.shard.value.count <= LoopDesk.mostAtOnce {
            visit.shard.value.forEach(in: visit.target, visit.body)
        } else {
            add(.visit(visit))
        }
    }

    /// Runs `work` at once where this is the loop already, and else after everything that was asked for before.
    func run(_ work: @escaping @Sendable () -> Void) {
        if mayGoFirst { work() } else { add(.work(work)) }
    }

    /// Goes round the sockets that are meant, when nothing else is to be done, and calls `done` afterwards; in no order
    /// with what else is asked for.
    func go(_ visit: Visit, done: @escaping @Sendable () -> Void) {
        loop.execute { [desk] in desk.value.begin(Walk(visit, done: done)) }
    }

    /// Whether this is the loop and it has not itself asked for something that is not yet done.
    private var mayGoFirst: Bool { loop.inEventLoop && desk.value.askedHere == 0 }

    private func add(_ entry: Entry) {
        if loop.inEventLoop { desk.value.askedHere += 1 }
        let isFirst = state.withLockedValue { state in
            state.entries.append(entry)
            defer { state.isLoopCalled = true }
            return !state.isLoopCalled
        }
        if isFirst { loop.execute { [self] in workOff() } }
    }

    /// Does what has come, and what comes meanwhile, so that all of it leaves in one flush.
    private func workOff() {
        let desk = desk.value
        // More for those who have not been handed what they were sent would only pile up.
        let engine = state.withLockedValue { $0.engine }
        if engine?.whenFlushed(on: loop, { [self] in workOff() }) == true { return }
        if desk.row.isOver { return goOn(desk) }
        let turn = LoopTurn()
        for _ in 0..<Self.mostRounds {
            guard desk.work(turn) else { return goOn(desk) }
            let entries = state.withLockedValue { state in
                var entries: [Entry] = []
                swap(&entries, &state.entries)
                state.isLoopCalled = !entries.isEmpty
                return entries
            }
            if entries.isEmpty {
                desk.askedHere = 0
                desk.row.add(turn)
                return
            }
            desk.take(entries)
        }
        goOn(desk)
    }

    /// Works on after the loop has looked at its sockets.
    private func goOn(_ desk: LoopDesk) {
        desk.row = LoopRow()
        LoopTurn.goOn(loop) { [self] in workOff() }
    }
}

/// One event on its way to the sockets of one event loop.
struct Broadcast: Sendable {
    let shard: NIOLoopBoundBox<RoomShard>
    let target: Target
    let outgoing: Outgoing
    /// The same event for those who listen in.
    let packet: BroadcastPacket
    /// Its number among those that clients may come back for; 0 when it is none of them.
    let number: UInt64

    /// Whether `next` goes to the same sockets, so that both can go at once.
    func isFollowed(by next: Broadcast) -> Bool {
        shard === next.shard && target == next.target && (number == 0) == (next.number == 0)
    }
}

/// Something that is done with each of some sockets of one event loop.
struct Visit: Sendable {
    let shard: NIOLoopBoundBox<RoomShard>
    let target: Target
    let body: @Sendable (SocketCore) -> Void
}

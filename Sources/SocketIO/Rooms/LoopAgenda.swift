import EngineIO
import NIOConcurrencyHelpers
import NIOCore

/// What other threads want done for the sockets of one event loop, in the order in which they asked for it.
///
/// The loop is woken once for everything that comes before it gets there, and broadcasts in a row to the same sockets
/// reach each socket in one go: most of what a broadcast costs is to find each client and to hand its bytes to the
/// system.
final class LoopAgenda: Sendable {
    private enum Entry: Sendable {
        case broadcast(Broadcast)
        case work(@Sendable () -> Void)
    }

    private struct State {
        var entries: [Entry] = []
        var isLoopCalled = false
    }

    let loop: any EventLoop
    private let state = NIOLockedValueBox(State())

    /// How often the loop looks for more at once, so that reading and flushing do not wait for ever.
    private static let mostRounds = 4

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    /// Sends an event to the sockets of this loop, after everything that was asked for before.
    func add(_ broadcast: Broadcast) {
        add(.broadcast(broadcast))
    }

    /// Runs `work` on the loop, after everything that was asked for before.
    func add(_ work: @escaping @Sendable () -> Void) {
        add(.work(work))
    }

    /// Runs `work` at once where this is the loop already, and else after everything that was asked for before.
    func run(_ work: @escaping @Sendable () -> Void) {
        if loop.inEventLoop { work() } else { add(.work(work)) }
    }

    private func add(_ entry: Entry) {
        let isFirst = state.withLockedValue { state in
            state.entries.append(entry)
            defer { state.isLoopCalled = true }
            return !state.isLoopCalled
        }
        if isFirst { loop.execute { [self] in workOff() } }
    }

    /// Does what has come, and what comes meanwhile, so that all of it leaves in one flush.
    private func workOff() {
        for _ in 0..<Self.mostRounds {
            let entries = state.withLockedValue { state in
                var entries: [Entry] = []
                swap(&entries, &state.entries)
                state.isLoopCalled = !entries.isEmpty
                return entries
            }
            if entries.isEmpty { return }
            perform(entries)
        }
        loop.execute { [self] in workOff() }
    }

    private func perform(_ entries: [Entry]) {
        var row: [Broadcast] = []
        for entry in entries {
            switch entry {
            case .broadcast(let next):
                if let last = row.last, !last.isFollowed(by: next) { send(&row) }
                row.append(next)
            case .work(let work):
                send(&row)
                work()
            }
        }
        send(&row)
    }

    private func send(_ row: inout [Broadcast]) {
        guard let first = row.first else { return }
        let whole = row
        let volley = Volley(whole.map(\.outgoing))
        first.shard.value.forEach(in: first.target) { $0.send(whole, volley) }
        row = []
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

import NIOConcurrencyHelpers
import NIOCore

/// Runs what is put into it one after the other; costs nothing while it is empty.
///
///     idle ──append──► running ──empty──► idle
///     roomy ──more than the limits wait──► full ──less than half waits──► roomy
final class EventQueue: Sendable {
    private struct Entry {
        let cost: Int
        let work: @Sendable () async -> Void
    }

    private struct State {
        var entries = CircularBuffer<Entry>(initialCapacity: 0)
        var bytes = 0
        var isRunning = false
        var isFull = false
    }

    /// How much is done before others have their turn; giving way costs less than a microsecond.
    private static let turnsAtATime = 8

    private let state = NIOLockedValueBox(State())
    private let maxEntries: Int
    private let maxBytes: Int
    private let fullnessChanged: @Sendable (Bool) -> Void

    /// Makes a queue that says when no more should be put into it, and when it may again.
    init(limits: SocketLimits, fullnessChanged: @escaping @Sendable (Bool) -> Void) {
        maxEntries = limits.maxWaitingEvents
        maxBytes = limits.maxWaitingBytes
        self.fullnessChanged = fullnessChanged
    }

    func append(cost: Int, _ work: @escaping @Sendable () async -> Void) {
        let (starts, becameFull) = state.withLockedValue { state in
            state.entries.append(Entry(cost: cost, work: work))
            state.bytes += cost
            let starts = !state.isRunning
            state.isRunning = true
            let becameFull = !state.isFull && (state.entries.count > maxEntries || state.bytes > maxBytes)
            if becameFull { state.isFull = true }
            return (starts, becameFull)
        }
        if becameFull { fullnessChanged(true) }
        if starts { Task { await run() } }
    }

    /// Lets other sockets' events have the thread between any few: without that as many busy clients as there are cores
    /// keep everybody else waiting until the last of their events is done.
    private func run() async {
        var turns = 0
        while let entry = next() {
            await entry.work()
            turns += 1
            if turns.isMultiple(of: Self.turnsAtATime) { await Task.yield() }
        }
    }

    private func next() -> Entry? {
        let (entry, becameRoomy) = state.withLockedValue { state -> (Entry?, Bool) in
            guard let entry = state.entries.popFirst() else {
                state.isRunning = false
                state.entries = CircularBuffer(initialCapacity: 0)
                return (nil, false)
            }
            state.bytes -= entry.cost
            let isRoomy = state.entries.count < maxEntries / 2 + 1 && state.bytes <= maxBytes / 2
            let becameRoomy = state.isFull && isRoomy
            if becameRoomy { state.isFull = false }
            return (entry, becameRoomy)
        }
        if becameRoomy { fullnessChanged(false) }
        return entry
    }
}

import DequeModule
public import Domain
import Synchronization

/// Whose turn it is to be worked on: as many checks at once as there are workers, while any number waits for a network.
///
/// ```
///   page is there ──► waiting ──► has a turn ──► outcome handed over: the next one's turn
///                        │ cancelled
///                        └────► without a turn
/// ```
/// What somebody asked for comes first, then in order of arrival. A check that must be alone (see `WorkMarks`) waits
/// until nobody else waits or works, and nobody else gets a turn beside it; when it was passed over for long, it is
/// waited for.
public final class WorkTurns: Sendable {
    /// One check's turn; it ends by `end`, called once.
    public struct Turn: Sendable {
        fileprivate let kind: FetcherKind
        fileprivate let isAlone: Bool
    }

    private struct Waiter {
        let id: UInt64
        let turn: Turn
        let continuation: CheckedContinuation<Turn?, Never>
    }

    private struct Line {
        var count = 0
        var taken = 0
        var wishes = Deque<Waiter>()
        var others = Deque<Waiter>()

        mutating func next() -> Waiter? {
            guard taken < count, let waiter = wishes.popFirst() ?? others.popFirst() else { return nil }
            taken += 1
            return waiter
        }

        mutating func remove(_ id: UInt64) -> Waiter? {
            if let place = wishes.firstIndex(where: { $0.id == id }) { return wishes.remove(at: place) }
            return others.firstIndex(where: { $0.id == id }).map { others.remove(at: $0) }
        }
    }

    private struct State {
        var lines: [FetcherKind: Line] = [:]
        var alone = Deque<Waiter>()
        var isAlone = false
        /// Turns that were given while somebody waited to be alone.
        var passed = 0
        var nextID: UInt64 = 0

        var taken: Int { lines.values.reduce(0) { $0 + $1.taken } }

        /// The first who waits to be alone and whose kind has workers.
        var firstAlone: Int? { alone.firstIndex { lines[$0.turn.kind]?.count ?? 0 > 0 } }
    }

    /// So many others go before one that must be alone, at most.
    static let patience = 200

    private let state = Mutex(State())

    public init() {}

    /// Lets so many checks of a kind be worked on at once; those that are go on.
    public func setCount(_ count: Int, of kind: FetcherKind) {
        state.withLock { all in
            all.lines[kind, default: Line()].count = count
            Self.serve(&all)
        }
    }

    /// How many checks of a kind are worked on.
    public func taken(of kind: FetcherKind) -> Int { state.withLock { $0.lines[kind]?.taken ?? 0 } }

    /// How many wait to be alone.
    var waitingAlone: Int { state.withLock { $0.alone.count } }

    /// Waits for a turn; nil when the task is cancelled.
    public nonisolated(nonsending) func begin(
        _ kind: FetcherKind, isWish: Bool = false, alone: Bool = false
    ) async -> Turn? {
        let id = state.withLock { all in
            all.nextID += 1
            return all.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { all in
                    guard !Task.isCancelled else { return continuation.resume(returning: nil) }
                    let turn = Turn(kind: kind, isAlone: alone)
                    let waiter = Waiter(id: id, turn: turn, continuation: continuation)
                    if alone {
                        all.alone.append(waiter)
                    } else if isWish {
                        all.lines[kind, default: Line()].wishes.append(waiter)
                    } else {
                        all.lines[kind, default: Line()].others.append(waiter)
                    }
                    Self.serve(&all)
                }
            }
        } onCancel: {
            state.withLock { all in
                if let waiter = all.lines[kind]?.remove(id) { return waiter.continuation.resume(returning: nil) }
                guard let place = all.alone.firstIndex(where: { $0.id == id }) else { return }
                all.alone.remove(at: place).continuation.resume(returning: nil)
                Self.serve(&all)
            }
        }
    }

    public func end(_ turn: Turn) {
        state.withLock { all in
            if turn.isAlone { all.isAlone = false } else { all.lines[turn.kind]?.taken -= 1 }
            Self.serve(&all)
        }
    }

    private static func serve(_ all: inout State) {
        guard !all.isAlone else { return }
        guard let place = all.firstAlone else {
            all.passed = 0
            return serveTogether(&all)
        }
        if all.passed < patience { serveTogether(&all) }
        guard all.taken == 0 else { return }
        let waiter = all.alone.remove(at: place)
        all.isAlone = true
        all.passed = 0
        waiter.continuation.resume(returning: waiter.turn)
    }

    private static func serveTogether(_ all: inout State) {
        for kind in Array(all.lines.keys) {
            while let waiter = all.lines[kind]?.next() {
                if all.firstAlone != nil { all.passed += 1 }
                waiter.continuation.resume(returning: waiter.turn)
            }
        }
    }
}

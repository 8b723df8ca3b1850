import Domain
import Testing

@testable import Realtime

@Suite("What clients are told at once")
struct PendingUpdatesTests {
    private func after(_ signals: [Signal]) -> PendingUpdates {
        var updates = PendingUpdates()
        for signal in signals { updates.note(signal) }
        return updates
    }

    @Test("a watch that changed often is told once, counts as they are last")
    func latestWins() {
        let watch = WatchID()
        let updates = after([
            .watch(watch, .queued), .queueLength(1), .watch(watch, .started), .queueLength(0), .running(1),
            .watch(watch, .step(.comparing)), .watch(watch, .unchanged), .running(0), .totals, .totals,
        ])
        #expect(updates.watches == [watch])
        #expect(updates.queueLength == 0)
        #expect(updates.running == 0)
        #expect(updates.totals)
    }

    @Test("a watch that is gone is told as gone and nothing else")
    func deleted() {
        let watch = WatchID()
        let updates = after([
            .watch(watch, .created), .watch(watch, .started), .watch(watch, .deleted), .watch(watch, .unchanged),
        ])
        #expect(updates.watches.isEmpty)
        #expect(updates.created.isEmpty)
        #expect(updates.deleted == [watch])
    }

    @Test("very many new watches are told as many, not one by one")
    func manyCreated() {
        let updates = after((0..<200).map { _ in .watch(WatchID(), .created) })
        #expect(updates.manyCreated)
        #expect(updates.created.count == PendingUpdates.namedCreations)
    }

    @Test("the number of workers is nobody's news")
    func nothing() {
        #expect(after([.workers(3)]).isEmpty)
    }
}

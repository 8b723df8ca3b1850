import Domain
import Foundation
import Storage
import StoreTestKit
import Testing

@Suite("At the same time")
struct ConcurrencyTests {
    @Test("readers see whole batches only")
    func wholeBatches() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let ids = try await store.create((0..<10).map { NewWatch(url: "http://example.com/\($0)") }, now: .at(0)).map(
            \.id)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<100 {
                    let batch = ids.enumerated().map {
                        DatedOutcome(.changed($1, at: Double(round), "\(round) \($0)"), nextDue: nil)
                    }
                    _ = try await store.record(batch)
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<100 {
                        let counts = try await store.rows(ids).map(\.historyCount)
                        #expect(Set(counts).count == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.rows(ids).map(\.historyCount) == Array(repeating: 100, count: 10))
    }

    @Test("outcomes, edits, deletions and reads from many tasks leave everything consistent")
    func allAtOnce() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let ids = try await store.create((0..<20).map { NewWatch(url: "http://example.com/\($0)") }, now: .at(0)).map(
            \.id)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<40 {
                        let id = ids[(worker * 7 + round * 3) % ids.count]
                        guard let job = try await store.checkJob(id) else { continue }
                        let text = "text \(round % 5)\n" + String(repeating: "line\n", count: 30)
                        _ = try await store.record(.changed(id, revision: job.revision, at: Double(round), text))
                    }
                }
            }
            group.addTask {
                for round in 0..<40 {
                    let id = ids[round * 11 % ids.count]
                    switch round % 4 {
                    case 0: _ = try await store.update(id, now: .at(1)) { $0.url += "/\(round)" }
                    case 1: _ = try await store.setPaused([id], round % 8 == 1, now: .at(1))
                    case 2: _ = try await store.clearHistory(id, now: .at(1))
                    default: _ = try await store.delete([id])
                    }
                }
            }
            group.addTask {
                for _ in 0..<60 {
                    let page = try await store.page(WatchQuery(search: "example", limit: 100))
                    #expect(page.matching == page.rows.count)
                    for row in page.rows {
                        guard let version = row.newestVersion else { continue }
                        // It may have been cleared since, but what is there can be read.
                        _ = try await store.text(of: row.id, version: version)
                    }
                }
            }
            try await group.waitForAll()
        }
        try await RandomTests.recount(fixture.path)
    }

    @Test("a write that was begun is finished though its task is cancelled")
    func cancelled() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.record(.changed(id, at: 1, "kept"))
        }
        #expect(try await task.value.result == .first)
        #expect(try await store.latestText(of: id) == Array("kept".utf8))
    }

    @Test("two processes may have the file open")
    func twoStores() async throws {
        let fixture = try Fixture()
        let other = try Store.open(at: fixture.path)
        let id = try await fixture.add().id
        #expect(try await other.record(.changed(id, at: 1, "one")).result == .first)
        #expect(try await fixture.store.watch(id)?.state.historyCount == 1)
        try other.close()
        #expect(try await fixture.store.record(.changed(id, at: 2, "two")).result == .changed)
    }
}

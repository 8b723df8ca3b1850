import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Synchronization
import Testing

/// What is done to a database in its life, over a disk of which each write, flush, opening and so on fails, once each.
///
/// There are hundreds of calls of some kinds: every run of the tests tries others, whose first is in the messages. One
/// after the other, since all other tests are to have the second core.
@Suite("A disk that fails", .serialized)
struct StoreFaultTests {
    /// In memory where there is such a folder: a flush costs nothing there.
    private static let place =
        FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : FileManager.default.temporaryDirectory.path
    private static let most = 5000
    /// One of so many calls fails in each run of the tests.
    private static let stride = 7

    /// One life of a database.
    private final class Life: Sendable {
        let folder = StoreFaultTests.place + "/faults-\(UUID())"
        let store = Mutex<Store?>(nil)
        let watches = Mutex<[WatchID]>([])
        var path: String { folder + "/turnstone.db" }

        /// Begins with that file for a database; with nothing when nil.
        init(_ template: Data?) throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try template?.write(to: URL(filePath: path))
        }

        deinit {
            try? store.withLock { $0 }?.close()
            try? FileManager.default.removeItem(atPath: folder)
        }

        var opened: Store {
            get throws {
                guard let store = store.withLock({ $0 }) else { throw StoreError.closed }
                return store
            }
        }

        var first: WatchID { watches.withLock { $0[0] } }

        func record(_ round: Int) async throws {
            let outcomes = watches.withLock { $0 }.enumerated().map { index, watch in
                let text = (0..<300).map { "line \($0) of \($0 % 60 == round ? round : index)\n" }.joined()
                return DatedOutcome(.changed(watch, revision: 1, at: Double(round), text), nextDue: .at(1000))
            }
            _ = try await opened.record(outcomes)
        }

        /// The rows that people know of, without what is made by chance; read without faults.
        func content() throws -> String {
            try DatabaseQueue(path: path).read { db in
                guard try db.tableExists("edit") else { return "" }
                return try [
                    """
                    SELECT group_concat(url || revision || check_count || history_count || paused || last_viewed ||
                        coalesce(title, '') || coalesce(last_failure, '') || coalesce(newest_version, ''), '; ') FROM watch
                    """,
                    "SELECT group_concat(title) FROM tag",
                    "SELECT count(*) FROM watch_tag", "SELECT count(*) FROM check_record",
                    "SELECT group_concat(version || '-' || watch) FROM snapshot", "SELECT count(*) FROM content",
                    "SELECT group_concat(action || thing_kind) FROM edit",
                    "SELECT group_concat(name || length(value)) FROM setting WHERE name <> 'lineage'",
                ].map { sql in try Row.fetchOne(db, sql: sql).map { "\($0[0] as DatabaseValue)" } ?? "" }
                    .joined(separator: "\n")
            }
        }
    }

    private struct Step {
        let name: String
        let run: @Sendable (Life) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (Life) async throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    private static let steps = [
        Step("open") { life in
            var options = StoreOptions()
            options.isExclusive = true
            options.readers = 2
            options.checksKept = 2
            options.snapshotsKept = 2
            options.editsKept = 4
            let store = try Store.open(at: life.path, options: options)
            life.store.withLock { $0 = store }
        },
        Step("create") { life in
            let new = (0..<3).map {
                NewWatch(url: "http://example.com/\($0)", title: "Page \($0)", tagTitles: ["News", "Tag \($0)"])
            }
            let ids = try await life.opened.create(new, now: .at(0)).map(\.id)
            life.watches.withLock { $0 = ids }
        },
        Step("record") { try await $0.record(1) },
        Step("record deltas") { try await $0.record(2) },
        Step("look") { life in _ = try await life.opened.markViewed(life.first) },
        Step("record beyond what is kept") { try await $0.record(3) },
        Step("edit") { life in
            _ = try await life.opened.update(life.first, now: .at(4), tagTitles: ["Other"]) { watch in
                watch.url += "/new"
                watch.settings.includeFilters = ["main"]
            }
        },
        Step("settings") { life in
            _ = try await life.opened.updateSettings(now: .at(5)) { $0.timeBetweenCheck.hours = 7 }
        },
        Step("pause") { life in _ = try await life.opened.setPaused([life.first], true, now: .at(6)) },
        Step("mark") { try await $0.opened.mark() },
        Step("clear") { life in _ = try await life.opened.clearHistory(life.watches.withLock { $0[1] }, now: .at(7)) },
        Step("delete") { life in _ = try await life.opened.delete([life.watches.withLock { $0[2] }]) },
        Step("look after") { try await $0.opened.optimize() },
        Step("back up") { life in
            let copy = life.folder + "/backup.db"
            try await life.opened.backup(to: copy)
            try FileManager.default.removeItem(atPath: copy)
        },
        Step("page") { life in _ = try await life.opened.page(WatchQuery(search: "example", limit: 9)) },
        Step("close") { try $0.opened.close() },
    ]

    /// An empty database of today's schema, since to make one is most of the calls.
    private static let template = Result {
        let life = try Life(nil)
        try Store.open(at: life.path).close()
        return try Data(contentsOf: URL(filePath: life.path))
    }

    /// What there is after each step when nothing fails.
    private static let expected = Task {
        let life = try Life(template.get())
        var contents = [try life.content()]
        for step in steps {
            try await step.run(life)
            contents.append(try life.content())
        }
        return contents
    }

    @Test(
        "what throws has changed nothing, the next attempt succeeds, and nothing is damaged, whichever call fails",
        arguments: StoreFaults.Fault.all)
    func each(fault: StoreFaults.Fault) async throws {
        let expected = try await Self.expected.value
        let template = try Self.template.get()
        for number in Swift.stride(from: Int.random(in: 1...Self.stride), to: Self.most, by: Self.stride) {
            guard try await Self.isHit(fault, at: number, expected, template) else { return }
        }
        Issue.record("\(fault): more than \(Self.most) times")
    }

    /// Does the steps up to the one in which the fault comes, that one once more, and the last.
    private static func isHit(
        _ fault: StoreFaults.Fault, at number: Int, _ expected: [String], _ template: Data
    ) async throws -> Bool {
        let life = try Life(template)
        let faults = StoreFaults(in: life.folder)
        defer { faults.remove() }
        faults.arm(fault, at: number)
        var done = 0
        for (index, step) in steps.enumerated() where !faults.isHit {
            let what = "\(fault), the \(number)th, while: \(step.name)"
            do {
                try await step.run(life)
                done = index + 1
            } catch {
                #expect(faults.isHit && error is StoreError, "\(what): \(error)")
                let content = try faults.paused { try life.content() }
                #expect(content == expected[index], "\(what): \(error)")
                guard step.name != "close" else { continue }
                do {
                    try await step.run(life)
                    done = index + 1
                } catch {
                    Issue.record("\(what), again: \(error)")
                }
            }
        }
        let isHit = faults.disarm()
        try? life.opened.close()
        #expect(try life.content() == expected[done], "\(fault), the \(number)th")
        #expect(DatabaseCheck(of: life.path).findings == [], "\(fault), the \(number)th")
        return isHit
    }

    @Test("a new database that could not be made is made by the next start", arguments: StoreFaults.Fault.all)
    func new(fault: StoreFaults.Fault) async throws {
        let stride = Self.stride * 5
        for number in Swift.stride(from: Int.random(in: 1...stride), to: Self.most, by: stride) {
            let life = try Life(nil)
            let faults = StoreFaults(in: life.folder)
            defer { faults.remove() }
            faults.arm(fault, at: number)
            do {
                try await Self.steps[0].run(life)
            } catch {
                try await Self.steps[0].run(life)
            }
            let isHit = faults.disarm()
            try life.opened.close()
            #expect(DatabaseCheck(of: life.path).findings == [], "\(fault), the \(number)th")
            if !isHit { return }
        }
    }
}

import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import TestSupport
import Testing

@Suite("Housekeeping")
struct HousekeepingTests {
    @Test("a backup is complete, for its owner only, and never written over a file")
    func backup() async throws {
        let fixture = try Fixture()
        let id = try await fixture.add().id
        for number in 0..<20 { _ = try await fixture.store.record(.changed(id, at: Double(number), "text \(number)")) }
        let target = fixture.folder + "/copy.db"
        try await fixture.store.backup(to: target)
        let rights = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        let copy = try Store.open(at: target)
        let original = try await fixture.store.watch(id)
        #expect(try await copy.watch(id) == original)
        #expect(try await copy.snapshots(of: id).count == 20)
        #expect(try await copy.latestText(of: id) == Array("text 19".utf8))
        try await copy.quickCheck()
        try copy.close()
        try await RandomTests.recount(target)
        let before = try Data(contentsOf: URL(fileURLWithPath: target))
        await #expect(throws: StoreError.notWritable(target)) { try await fixture.store.backup(to: target) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == before)
        await #expect(throws: StoreError.notWritable("/proc/copy.db")) {
            try await fixture.store.backup(to: "/proc/copy.db")
        }
    }

    @Test("releasing memory gives some back, and everything works afterwards")
    func releaseMemory() async throws {
        let fixture = try Fixture()
        let ids = try await fixture.store.create(
            (0..<500).map { NewWatch(url: "http://example.com/\($0)") }, now: .at(0)
        ).map(\.id)
        #expect(try await fixture.store.page(WatchQuery(limit: 500)).rows.count == 500)
        #expect(try await fixture.store.releaseMemory() > 0)
        #expect(try await fixture.store.page(WatchQuery(limit: 500)).rows.count == 500)
        #expect(try await fixture.store.record(.changed(ids[0], at: 1, "one")).result == .first)
    }

    @Test("space that deletions leave is given back to the file system")
    func optimize() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        var random = SeededGenerator(seed: 7)
        let ids = try await store.create((0..<400).map { NewWatch(url: "http://example.com/\($0)") }, now: .at(0)).map(
            \.id)
        // What is drawn by lot cannot be pressed into less.
        let outcomes = ids.map { id in
            DatedOutcome(
                .changed(id, at: 1, (0..<800).map { _ in "\(random.next())" }.joined(separator: "\n")), nextDue: .at(9))
        }
        _ = try await store.record(outcomes)
        try await store.optimize()
        let full = try await Self.pages(fixture.path)
        #expect(try await store.delete(ids).count == 400)
        try await store.optimize()
        let left = try await Self.pages(fixture.path)
        #expect(left * 4 < full, "\(left) of \(full) pages")
        try await store.quickCheck()
    }

    private static func pages(_ path: String) async throws -> Int {
        try await DatabaseQueue(path: path).read { db in try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0 }
    }

    @Test("hosts are told with their port, in lower case, and nothing traps on what is no address")
    func hosts() {
        let expected = [
            "http://Example.com/x": "example.com", "source:https://A.example:8443/": "a.example:8443", "": "",
            "::::": "",
            "http://[2001:db8::1]:80/": "[2001:db8::1]:80", "mailto:me": "", "http://user:pw@h.example/": "h.example",
        ]
        for (url, host) in expected { #expect(StoreOptions.host(of: url) == host, "\(url)") }
    }
}

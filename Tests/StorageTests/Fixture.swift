import Domain
import Foundation
import GRDB
import StoreTestKit

@testable import Storage

/// A database in a folder of its own, which goes with the value.
final class Fixture: Sendable {
    let folder: String
    let store: Store
    static let start = Date(timeIntervalSince1970: 1_700_000_000)

    var path: String { folder + "/turnstone.db" }

    init(_ options: StoreOptions = StoreOptions()) throws {
        folder = Self.makeFolder()
        store = try Store.open(at: folder + "/turnstone.db", options: options)
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    static func makeFolder() -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("storage-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    /// The greatest depth and the greatest size, in bytes as kept, of some contents.
    func contents(where condition: String) throws -> (depth: Int, size: Int) {
        let other = try DatabaseQueue(path: path)
        defer { try? other.close() }
        return try other.read { db in
            let row = try Row.fetchOne(db, sql: "SELECT max(depth), max(length(body)) FROM content WHERE \(condition)")
            return (row?[0] ?? 0, row?[1] ?? 0)
        }
    }

    func add(_ url: String = "http://example.com/", title: String? = nil) async throws -> Watch {
        let made = try await store.create([NewWatch(url: url, title: title)], now: Self.start)
        guard let watch = made.first else { throw StoreError.database("nothing was created") }
        return watch
    }
}

extension Date {
    /// So many seconds after the start of all tests' time.
    static func at(_ seconds: Double) -> Date { Fixture.start.addingTimeInterval(seconds) }
}

extension CheckOutcome {
    /// A verdict found `at` so many seconds; checksums are those of the text's first bytes, padded.
    static func verdict(
        _ watch: WatchID, revision: Int64 = 1, at seconds: Double, _ decision: Verdict.Decision, text: String? = nil,
        etag: String? = nil, title: String? = nil
    ) -> CheckOutcome {
        let checksum = text.map { Checksum(bytes: Array($0.utf8.prefix(16))) }
        return CheckOutcome(
            watch: watch, revision: revision, startedAt: .at(seconds), duration: .milliseconds(20), status: 200,
            byteCount: 100,
            contentType: "text/html", etag: etag,
            result: .verdict(
                Verdict(
                    decision: decision, pageChecksum: checksum ?? Checksum(bytes: [1]), textChecksum: checksum,
                    title: title)))
    }

    static func changed(_ watch: WatchID, revision: Int64 = 1, at seconds: Double, _ text: String) -> CheckOutcome {
        verdict(watch, revision: revision, at: seconds, .changed(text: Array(text.utf8)), text: text)
    }

    static func failed(_ watch: WatchID, revision: Int64 = 1, at seconds: Double, _ failure: CheckFailure)
        -> CheckOutcome
    {
        CheckOutcome(
            watch: watch, revision: revision, startedAt: .at(seconds), duration: .milliseconds(5),
            result: .failed(failure))
    }
}

extension Store {
    /// Records one outcome whose next check is due a thousand seconds after it.
    func record(_ outcome: CheckOutcome) async throws -> RecordedCheck {
        let recorded = try await record([DatedOutcome(outcome, nextDue: outcome.startedAt.addingTimeInterval(1000))])
        guard let first = recorded.first else { throw StoreError.database("no answer") }
        return first
    }

    /// The newest snapshot's text; nil when there is none.
    func latestText(of watch: WatchID) async throws -> [UInt8]? {
        guard let newest = try await snapshots(of: watch).last else { return nil }
        return try await text(of: watch, version: newest.version)
    }

    /// Looks through the whole file for damage; throws `StoreError.corrupt` with the first that is found.
    func quickCheck() async throws {
        try await read { db in
            let found = try String.fetchAll(db, sql: "PRAGMA quick_check(1)")
            if found != ["ok"] { throw StoreError.corrupt(found.joined(separator: "; ")) }
            if try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") != nil {
                throw StoreError.corrupt("rows refer to rows that are gone")
            }
        }
    }
}

import Domain
import Foundation
import GRDB
import Storage

/// How many bytes one more snapshot and one more kept body of a page cost, when a few words of 10 kB differ each time.
enum HistoryBench {
    private static let versions = 200

    static func run(into table: inout FigureTable) async throws {
        try await Machine.withFolder { folder in
            let path = folder.appending(path: "history.db").path
            let store = try Store.open(at: path)
            let watch = try await store.create(
                [NewWatch(url: "https://example.org/")], by: .command("bench"), now: Date())[0].id
            var words = (0..<1600).map { _ in "w\(Int.random(in: 0..<100_000))" }
            for version in 0..<versions {
                for _ in 0..<3 { words[.random(in: 0..<words.count)] = "w\(Int.random(in: 0..<100_000))" }
                let text = Array(words.joined(separator: " ").utf8)
                let checksum = Checksum(bytes: Array("\(version)".utf8))
                var outcome = CheckOutcome(
                    watch: watch, revision: 1, startedAt: Date(timeIntervalSince1970: 1_700_000_000 + Double(version)),
                    duration: .milliseconds(80), status: 200, byteCount: text.count,
                    result: .verdict(
                        Verdict(decision: .changed(text: text), pageChecksum: checksum, textChecksum: checksum)))
                outcome.body = Array("<!doctype html><title>Words</title><p>".utf8) + text
                _ = try await store.record([DatedOutcome(outcome, nextDue: nil)])
            }
            try store.close()
            let file = try DatabaseQueue(path: path)
            let texts = try await file.read { db in
                try Double.fetchAll(db, sql: "SELECT length(body) FROM content WHERE base IS NOT NULL")
            }
            let bodies = try await file.read { db in try Double.fetchAll(db, sql: "SELECT length(body) FROM page_body")
            }
            try file.close()
            table.add("further snapshot of 10 kB of text, three words changed", texts, "B", goal: "500 B")
            table.add("further kept body of the same page", bodies, "B")
        }
    }
}

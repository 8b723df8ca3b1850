import Domain
import Foundation
import Storage
import StoreTestKit
import Testing

@testable import Monitor

@Suite("Trying settings on a kept version")
struct ExplanationTests {
    /// A watch whose versions have these pages, of which as many bodies are kept as the store keeps.
    private func run(
        _ pages: [String], kept: Int = 2, _ body: (Store, Watch, [SnapshotVersion]) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "explain-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = StoreOptions()
        options.bodiesKept = kept
        let store = try Store.open(at: folder.appending(path: "test.db").path(), options: options)
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        let watch = try await store.create([NewWatch(url: "https://example.org/")], now: start)[0]
        var versions: [SnapshotVersion] = []
        for (index, page) in pages.enumerated() {
            let text = Array(page.replacing(#/<[^>]*>/#, with: "\n").utf8)
            let sum = Checksum(bytes: [UInt8(index)])
            var outcome = CheckOutcome(
                watch: watch.id, revision: 1, startedAt: start.addingTimeInterval(Double(index)), duration: .zero,
                status: 200, contentType: "text/html",
                result: .verdict(Verdict(decision: .changed(text: text), pageChecksum: sum, textChecksum: sum)))
            outcome.body = Array(page.utf8)
            let recorded = try await store.record([DatedOutcome(outcome, nextDue: nil)])
            versions.append(try #require(recorded.first?.version))
        }
        let current = try #require(try await store.watch(watch.id))
        try await body(store, current, versions)
        try store.close()
    }

    private func verdict(
        _ store: Store, _ watch: Watch, _ version: SnapshotVersion, _ change: (inout WatchSettings) -> Void
    ) async throws -> String? {
        var watch = watch
        change(&watch.settings)
        return try await Explanation.of(watch, version: version, store)?.trace.dryRunVerdict
    }

    @Test("both versions go through the settings that are tried")
    func both() async throws {
        try await run(["<p>price 5<p>ad 1", "<p>price 5<p>ad 2"]) { store, watch, versions in
            let newest = try #require(versions.last)
            #expect(
                try await verdict(store, watch, newest) { _ in }
                    == "A change would be detected: the text is different from last time.")
            #expect(
                try await verdict(store, watch, newest) { $0.ignoreText = ["ad"] }
                    == "No change: the text is the same as last time.")
            #expect(
                try await verdict(store, watch, newest) { $0.wantsUniqueLines = true }
                    == "A change would be detected: the text is different from last time, "
                    + "and a dry run does not look up earlier versions.")
            #expect(
                try await verdict(store, watch, versions[0]) { $0.wantsUniqueLines = true }
                    == "It would be stored as the first version: there is nothing to compare it with yet.")
            #expect(
                try await verdict(store, watch, newest) { $0.includeFilters = ["p:first-of-type"] }
                    == "No change: the text is the same as last time.")
            #expect(
                try await verdict(store, watch, newest) { $0.triggerText = ["/ad [3-9]/"] }
                    == "No change: no line matches the trigger text.")
            #expect(
                try await verdict(store, watch, newest) { $0.includeFilters = ["#none"] }
                    == "The check would fail: No filter matches anything on the page: #none.")
            #expect(
                try await verdict(store, watch, newest) {
                    $0.conditions = [WatchCondition(field: .distance, operator: .greater, value: "4")]
                } == "No change: a condition is not met: levenshtein_distance > 4 (it is 1).")
            #expect(
                try await verdict(store, watch, newest) {
                    $0.countsAdded = false
                    $0.countsReplaced = false
                } == "No change: no line of the kinds that count is different.")
            #expect(
                try await verdict(store, watch, versions[0]) { $0.triggerText = ["none"] }
                    == "It would be stored as the first version: there is nothing to compare it with yet, "
                    + "and no line matches the trigger text.")
        }
    }

    @Test("the texts that are compared are those that the settings make")
    func texts() async throws {
        try await run(["<p>a<b>1</b>", "<p>a<b>2</b>"]) { store, watch, versions in
            var watch = watch
            watch.settings.includeFilters = ["b"]
            let explanation = try #require(try await Explanation.of(watch, version: versions[1], store))
            #expect(explanation.textBefore == Array("1".utf8))
            #expect(explanation.text == Array("2".utf8))
            #expect(explanation.before == versions[0])
            #expect(!explanation.beforeIsTextOnly)
            #expect(explanation.trace.steps.map(\.kind) == [.read, .included, .compared])
        }
    }

    @Test("where only the text of the version before is kept, it stands in; without a page nothing is explained")
    func textOnly() async throws {
        try await run(["<p>a<p>1", "<p>a<p>2"], kept: 1) { store, watch, versions in
            let explanation = try #require(try await Explanation.of(watch, version: versions[1], store))
            #expect(explanation.beforeIsTextOnly)
            #expect(explanation.trace.result == .changed)
            #expect(try await Explanation.of(watch, version: versions[0], store) == nil)
        }
    }
}

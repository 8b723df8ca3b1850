import Curl
package import Domain
import Fetchers
package import Foundation
import Logging
package import Monitor
package import Storage
import StoreTestKit

/// What pages, API and sockets stand on in a test: a store of its own, a queue, and the actions on them.
package struct Ground: Sendable {
    /// The moment at which every action of it happens.
    package static let now = Date(timeIntervalSince1970: 1_795_244_400)

    package let store: Store
    package let queue: MemoryCheckQueue
    package let actions: WatchActions
    package let proxies: ProxyScan

    /// Runs `body` with a store that is gone afterwards.
    package static func run(_ body: (Ground) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "web-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(at: folder.appending(path: "test.db").path())
        try await body(Ground(store, Self.fetcher.get()))
        try store.close()
    }

    /// A real one, for all tests: it has a thread of its own.
    private static let fetcher = Result { () throws(CheckFailure) in
        try CurlFetcher(CurlFetcher.Options(CurlOptions(addresses: .any)))
    }

    private init(_ store: Store, _ fetcher: CurlFetcher) {
        self.store = store
        queue = MemoryCheckQueue(QueueRules(perHost: 2))
        proxies = ProxyScan(store: store, check: ProxyCheck(fetcher), now: { Self.now })
        actions = WatchActions(
            store: store, queue: queue, bus: SignalBus(),
            addressProblem: { $0.hasPrefix("http") ? nil : "Only http and https addresses are fetched" },
            hostOf: { _ in "" }, wakeScheduler: { _ in },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { Self.now })
    }

    /// A watch with `texts` as its versions, a minute apart.
    package func watch(
        _ url: String = "https://example.org/", title: String? = nil, texts: [String] = []
    ) async throws -> WatchID {
        let watch = try await actions.asked(by: .tester).add([NewWatch(url: url, title: title)])[0].id
        for (index, text) in texts.enumerated() {
            let bytes = Array(text.utf8)
            let sum = Checksum(bytes: Array("\(index)".utf8))
            let verdict = Verdict(decision: .changed(text: bytes), pageChecksum: sum, textChecksum: sum)
            let outcome = CheckOutcome(
                watch: watch, revision: 1, startedAt: Self.now.addingTimeInterval(TimeInterval(index * 60 - 600)),
                duration: .milliseconds(120), status: 200, byteCount: bytes.count, result: .verdict(verdict))
            _ = try await store.record([DatedOutcome(outcome, nextDue: nil)])
        }
        return watch
    }
}

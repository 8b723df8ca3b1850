import Curl
import Domain
import FetchFixtures
import Fetchers
import Foundation
import Storage
import StoreTestKit
import Testing

@testable import Monitor

@Suite("A check of all proxies")
struct ProxyScanTests {
    /// Answers nothing until it is told to.
    private final class Held: Fetcher {
        private let (asks, said) = AsyncStream.makeStream(of: Void.self)
        private let (releases, released) = AsyncStream.makeStream(of: Void.self)

        func fetch(_ request: FetchRequest) async throws(CheckFailure) -> FetchedPage {
            said.yield()
            for await _ in releases { break }
            throw CheckFailure(.cancelled)
        }

        func asked() async { for await _ in asks { break } }
        func release() { released.finish() }
    }

    @Test(
        "fetches the page directly and by each real proxy, and keeps what fails apart, without a password in its words")
    func all() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "proxies-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(at: folder.appending(path: "test.db").path)
        let server = try RawServer { _, connection in connection.answer("200 OK", body: Array("<p>page".utf8)) }
        defer { server.stop() }
        let real = try await RealProxies.shared.value
        let proxies = try [
            NamedProxy(name: "http", address: ProxyAddress("http://127.0.0.1:\(real.http)")),
            NamedProxy(name: "socks", address: ProxyAddress("socks5://127.0.0.1:\(real.socks)")),
            NamedProxy(
                name: "wrong",
                address: ProxyAddress("socks5://\(RealProxies.user):hidden@127.0.0.1:\(real.socksWithPassword)")),
        ]
        _ = try await store.updateSettings(now: Date()) { $0.proxies = proxies }
        let watch = try await store.create([NewWatch(url: server.url("/page"))], now: Date())[0].id
        let fetcher = try CurlFetcher(CurlFetcher.Options(CurlOptions(addresses: .any)))
        defer { fetcher.close() }
        let trial = ProxyScan(store: store, check: ProxyCheck(fetcher))
        let findings = try #require(try await trial.run(watch))
        #expect(findings.map(\.way) == [.direct, .named("http"), .named("socks"), .named("wrong")])
        for finding in findings.dropLast() {
            #expect(try finding.result.get() == ProxyCheck.Answer(status: 200, bytes: 7))
        }
        let refused = #expect(throws: CheckFailure.self) { try findings[3].result.get() }
        #expect(refused?.message.contains("hidden") == false)
        #expect(try await trial.run(WatchID()) == nil)
        // A way that takes its time: while it is under way nobody starts another of the same watch.
        let slow = Held()
        let scan = ProxyScan(store: store, check: ProxyCheck(slow))
        async let first = scan.run(watch)
        await slow.asked()
        await #expect(throws: InputError.self) { try await scan.run(watch) }
        slow.release()
        #expect(try await first?.count == 4)
        try store.close()
    }
}

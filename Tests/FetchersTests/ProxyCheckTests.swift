import Curl
import Domain
import FetchFixtures
import Fetchers
import Synchronization
import TestSupport
import Testing

@Suite("A check of all proxies")
struct ProxyCheckTests {
    @Test("each way is told with its answer or its failure, in the order of the list, the straight one first")
    func findings() async throws {
        let nginx = try Nginx.shared.get()
        let proxies = try await RealProxies.shared.value
        let closed = try ClosedPort()
        defer { closed.stop() }
        let dead = try ProxyAddress("http://127.0.0.1:\(closed.port)")
        let list = [
            try NamedProxy(name: "home", address: ProxyTests.Kind.http.address(proxies)),
            try NamedProxy(name: "dead", address: dead),
            try NamedProxy(
                name: "wrong", address: ProxyTests.Kind.socks5WithPassword.address(proxies, password: "wrong")),
            try NamedProxy(name: "socks", address: ProxyTests.Kind.socks5.address(proxies)),
        ]
        let fetcher = try CurlFetcher(.init(CurlOptions(addresses: .any)))
        defer { fetcher.close() }
        let told = Mutex<Set<ProxyChoice>>([])
        let url = "http://127.0.0.1:\(nginx.httpPort)/5k"
        let request = FetchRequest(url: url, etag: try await fetcher.fetch(FetchRequest(url: url)).etag)
        let findings = await ProxyCheck(fetcher, atOnce: 2).run(request, list) { finding in
            told.withLock { _ = $0.insert(finding.way) }
        }
        #expect(
            findings.map(\.way) == [.direct, .named("home"), .named("dead"), .named("wrong"), .named("socks")])
        #expect(Set(findings.map(\.way)) == told.withLock { $0 })
        for index in [0, 1, 4] {
            let answer = try findings[index].result.get()
            #expect(answer.status == 200 && answer.bytes == 5_000)
            #expect(findings[index].duration > .zero)
        }
        #expect(findings[2].result.failure == CheckFailure(.proxyFailed, "\(dead.origin) refused the connection"))
        #expect(findings[3].result.failure?.code == .proxyRefused)
    }

    @Test("a way that takes too long is given up, and the others are told all the same")
    func limit() async throws {
        let clock = ManualClock()
        let (told, tell) = AsyncStream.makeStream(of: ProxyChoice.self)
        let silent = try RawServer { _, connection in
            connection.waitForClient()
            return false
        }
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { for server in [silent, server] { server.stop() } }
        let fetcher = try CurlFetcher(.init(CurlOptions(addresses: .any)))
        defer { fetcher.close() }
        let list = [try NamedProxy(name: "silent", address: ProxyAddress(silent.url()))]
        let check = ProxyCheck(fetcher, limit: .seconds(7), clock: clock)
        let url = server.url()
        async let findings = check.run(FetchRequest(url: url), list) { tell.yield($0.way) }
        // Then the only one that waits for the clock is the other.
        for await way in told where way == .direct { break }
        await clock.sleepers(1)
        clock.advance(by: .seconds(7))
        let all = await findings
        #expect(all.map { $0.result.failure } == [nil, CheckFailure(.tooSlow, "7")])
    }
}

extension Result where Success == ProxyCheck.Answer, Failure == CheckFailure {
    var failure: CheckFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

import Detection
import Domain
import Fetchers
import Foundation
import Synchronization
import Testing

@testable import Monitor

@Suite("One check")
struct CheckRunnerTests {
    /// Answers every request with one page and remembers what it was asked for.
    private final class Known: Fetcher {
        let page: FetchedPage
        let asked = Mutex<FetchRequest?>(nil)

        init(_ body: [UInt8], type: String) {
            page = FetchedPage(status: 200, finalURL: "", contentType: type, body: body)
        }

        func fetch(_ request: FetchRequest) async throws(CheckFailure) -> FetchedPage {
            asked.withLock { $0 = request }
            return page
        }
    }

    private func job(
        url: String = "https://example.org/", shared: Settings = Settings(),
        _ change: (inout WatchSettings) -> Void = { _ in }
    ) -> CheckJob {
        var settings = WatchSettings()
        change(&settings)
        return CheckJob(
            watch: WatchID(), url: url, revision: 1, moment: Date(timeIntervalSince1970: 1_700_000_000),
            settings: settings, shared: shared, previous: PreviousCheck(), consecutiveFailures: 0, nextDue: nil)
    }

    private func run(
        _ fetcher: Known, url: String = "https://example.org/", shared: Settings = Settings(),
        _ change: (inout WatchSettings) -> Void = { _ in }
    ) async -> CheckOutcome {
        let runner = CheckRunner(
            fetcher: fetcher, processor: TextProcessor(), threads: DetectionThreads())
        return await runner.run(job(url: url, shared: shared, change)) { _ in true }
    }

    private func text(_ outcome: CheckOutcome) -> String? {
        guard case .verdict(let verdict) = outcome.result, case .changed(let text) = verdict.decision else {
            return nil
        }
        return String(decoding: text, as: UTF8.self)
    }

    private final class Kept: Sendable {}

    @Test("what a cancelled check works with is kept until nothing works on its page any more")
    func kept() async {
        let threads = DetectionThreads(count: 1)
        let gate = DispatchSemaphore(value: 0)
        async let busy: Void? = threads.run { gate.wait() }
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        var kept: Kept? = Kept()
        weak let seen = kept
        let runner = CheckRunner(
            fetcher: Known(Array("<p>x".utf8), type: "text/html"), processor: TextProcessor(), threads: threads)
        let job = job { $0.processor = .restock }
        let task = Task { [kept] in
            await runner.run(job, keeping: kept) { _ in
                start.yield()
                return true
            }
        }
        kept = nil
        var starts = started.makeAsyncIterator()
        for _ in 0..<2 { _ = await starts.next() }
        task.cancel()
        #expect(await task.value.failure?.code == .cancelled)
        #expect(seen != nil, "its page is not read yet")
        gate.signal()
        await busy
        await threads.run {}
        #expect(seen == nil)
    }

    @Test("the way and the trust that a watch chooses are those of its request")
    func network() async throws {
        var shared = Settings()
        let office = try ProxyAddress("socks5://ann:secret@127.0.0.1:1080")
        shared.proxies = [try NamedProxy(name: "office", address: office)]
        let fetcher = Known(Array("<p>x".utf8), type: "text/html")
        _ = await run(fetcher, shared: shared) {
            $0.proxy = .named("office")
            $0.trust = .selfSigned
            $0.timeout = 7
        }
        #expect(fetcher.asked.withLock { $0?.timeout } == .seconds(7))
        #expect(fetcher.asked.withLock { $0?.proxy } == office && fetcher.asked.withLock { $0?.trust } == .selfSigned)
        _ = await run(fetcher, shared: shared) { $0.proxy = .direct }
        #expect(fetcher.asked.withLock { $0?.proxy } == nil && fetcher.asked.withLock { $0?.trust } == .system)
    }

    @Test("a proxy that is not listed any more is a failure: nothing is asked for without it")
    func lostProxy() async {
        let fetcher = Known(Array("<p>x".utf8), type: "text/html")
        let outcome = await run(fetcher) { $0.proxy = .named("office") }
        #expect(
            outcome.result
                == .failed(CheckFailure(.badRequest, "the proxy office is no longer listed in Settings")))
        #expect(fetcher.asked.withLock { $0 } == nil)
    }

    @Test("templates in address, headers and body are filled in for each request")
    func templates() async {
        let fetcher = Known(Array("<p>x".utf8), type: "text/html")
        _ = await run(fetcher, url: "https://example.org/{% now 'utc', '%Y-%m-%d' %}") {
            $0.headers = ["X-Day": "{{ 'a1' | regex_replace('[0-9]', '-') }}", "X-Plain": "{ok}"]
            $0.body = "{% now 'utc' + 'days=1', '%d' %}"
        }
        let request = fetcher.asked.withLock { $0 }
        #expect(request?.url == "https://example.org/2023-11-14")
        #expect(request?.headers == ["X-Day": "a-", "X-Plain": "{ok}"])
        #expect(request?.body == Array("15".utf8))
        let bad = await run(fetcher, url: "https://example.org/{{ 1 / 0 }}")
        #expect(bad.result == .failed(CheckFailure(.badRequest, "it divides by zero")))
    }

    @Test("filters that start a process are waited for elsewhere, many at once")
    func programs() async {
        let fetcher = Known(Array(#"{"a": [1, 2]}"#.utf8), type: "application/json")
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<12 {
                group.addTask { await text(run(fetcher) { $0.includeFilters = ["jqraw:.a[]"] }) }
            }
            for await text in group { #expect(text == "1\n2") }
        }
    }

    @Test("a PDF is read by poppler, with its checksum and size; a broken one is a failure of this check")
    func pdf() async {
        let fetcher = Known(Self.document("Price list 2026"), type: "application/pdf")
        let text = await text(run(fetcher))
        #expect(text?.hasPrefix("Price list 2026\n\nDocument checksum - ") == true)
        #expect(text?.hasSuffix(" bytes") == true)
        let broken = await run(Known(Array("%PDF-1.4 nothing".utf8), type: "application/pdf"))
        #expect(broken.result == .failed(CheckFailure(.unreadable, "poppler cannot read this PDF")))
    }

    /// A PDF of one page with one line.
    private static func document(_ line: String) -> [UInt8] {
        let content = "BT /F1 24 Tf 72 700 Td (\(line)) Tj ET"
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            "<</Length \(content.utf8.count)>>\nstream\n\(content)\nendstream",
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
        var file = "%PDF-1.4\n"
        var places: [Int] = []
        for (index, object) in objects.enumerated() {
            places.append(file.utf8.count)
            file += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let table = file.utf8.count
        file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for place in places { file += String(repeating: "0", count: 10 - String(place).count) + "\(place) 00000 n \n" }
        file += "trailer\n<</Size \(objects.count + 1)/Root 1 0 R>>\nstartxref\n\(table)\n%%EOF\n"
        return Array(file.utf8)
    }

    @Test("a restock watch reads the shop's offer, and the body of a change is kept")
    func restock() async {
        let page = #"<script type="application/ld+json">{"@type":"Offer","price":5,"availability":"InStock"}</script>"#
        let outcome = await run(Known(Array(page.utf8), type: "text/html")) { $0.processor = .restock }
        #expect(text(outcome) == "In Stock: True - Price: 5.0")
        #expect(outcome.body == Array(page.utf8))
        let none = await run(Known(Array("<p>x".utf8), type: "text/html")) { $0.processor = .restock }
        #expect(none.result == .failed(CheckFailure(.noOffer)))
    }

    @Test("an outcome has the steps, also up to a failure; what was not read has none")
    func traces() async {
        let read = await run(Known(Array("<p>x".utf8), type: "text/html"))
        #expect(read.trace.map(\.kind) == [.read, .compared])
        let failed = await run(Known(Array("<p>x".utf8), type: "text/html")) { $0.includeFilters = ["#none"] }
        #expect(failed.result == .failed(CheckFailure(.noFilterMatch, "#none")))
        #expect(failed.trace.map(\.kind) == [.read, .included])
        #expect(failed.trace.last?.rules == [TraceRule("#none")])
        let slow = await run(Known(Array("[1]".utf8), type: "application/json")) { $0.includeFilters = ["jq:.[0]"] }
        #expect(slow.trace.map(\.kind) == [.read, .included, .compared])
        let unread = await run(Known([], type: "text/html"))
        #expect(unread.result == .failed(CheckFailure(.emptyBody)))
        #expect(unread.trace.isEmpty)
    }

    @Test("the body of a text that is held back goes along while nothing has counted yet")
    func heldBack() async {
        let outcome = await run(Known(Array("<p>x".utf8), type: "text/html")) { $0.triggerText = ["y"] }
        #expect(outcome.trace.last?.stops == true)
        #expect(outcome.body == Array("<p>x".utf8))
    }
}

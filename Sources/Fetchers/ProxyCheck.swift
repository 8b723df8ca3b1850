public import Domain

/// Tries one request by every proxy and straight, so that a person sees which way works for a page.
public struct ProxyCheck: Sendable {
    /// What came of one way.
    public struct Finding: Hashable, Sendable {
        public let way: ProxyChoice
        public let result: Result<Answer, CheckFailure>
        /// From the request to the last byte, or to the failure.
        public let duration: Duration

        public init(way: ProxyChoice, result: Result<Answer, CheckFailure>, duration: Duration) {
            self.way = way
            self.result = result
            self.duration = duration
        }
    }

    /// What a page came with, of whatever status: a page that refuses a proxy says so by its status.
    public struct Answer: Hashable, Sendable {
        public let status: Int
        /// After decoding.
        public let bytes: Int

        public init(status: Int, bytes: Int) {
            self.status = status
            self.bytes = bytes
        }
    }

    private let fetcher: any Fetcher
    private let atOnce: Int
    private let limit: Duration
    private let whole: Duration
    private let clock: any Clock<Duration>

    /// `atOnce` bounds how many ways are tried at the same time, `limit` how long each may take; after `whole` no
    /// further way is begun.
    public init(
        _ fetcher: any Fetcher, atOnce: Int = 4, limit: Duration = .seconds(20), whole: Duration = .seconds(60),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.fetcher = fetcher
        self.atOnce = max(1, atOnce)
        self.limit = limit
        self.whole = whole
        self.clock = clock
    }

    /// Tries the straight way and then all `proxies`; returns what was found in that order, and tells of each as it
    /// is known.
    ///
    /// The request is sent without its ETag and date, since "not modified" would say nothing about the page.
    public func run(
        _ request: FetchRequest, _ proxies: [NamedProxy], found: @Sendable (Finding) -> Void = { _ in }
    ) async -> [Finding] {
        let start = ContinuousClock.now
        var bare = request
        (bare.etag, bare.lastModified) = (nil, nil)
        let ways = [(ProxyChoice.direct, nil)] + proxies.map { (.named($0.name), $0.address) }
        return await withTaskGroup(of: (Int, Finding).self) { group in
            var findings = [Finding?](repeating: nil, count: ways.count)
            var begun = 0
            func begin() {
                guard begun < ways.count else { return }
                let (index, way) = (begun, ways[begun])
                var request = bare
                request.proxy = way.1
                begun += 1
                let isLate = ContinuousClock.now - start > whole
                group.addTask { [request] in
                    (
                        index,
                        isLate
                            ? Finding(way: way.0, result: .failure(tooSlow), duration: .zero)
                            : await finding(way.0, request)
                    )
                }
            }
            for _ in 0..<atOnce { begin() }
            while let (index, finding) = await group.next() {
                findings[index] = finding
                found(finding)
                begin()
            }
            return findings.compactMap(\.self)
        }
    }

    private func finding(_ way: ProxyChoice, _ request: FetchRequest) async -> Finding {
        let start = ContinuousClock.now
        let result = await withTaskGroup(of: Result<Answer, CheckFailure>?.self) { group in
            group.addTask { await answer(request) }
            group.addTask {
                // nil when the fetch was quicker and this was cancelled.
                (try? await clock.sleep(for: limit)).map { .failure(tooSlow) }
            }
            defer { group.cancelAll() }
            while let result = await group.next() {
                if let result { return result }
            }
            return .failure(CheckFailure(.cancelled))
        }
        return Finding(way: way, result: result, duration: .now - start)
    }

    private var tooSlow: CheckFailure { CheckFailure(.tooSlow, CheckFailure.seconds(limit)) }

    private func answer(_ request: FetchRequest) async -> Result<Answer, CheckFailure> {
        do throws(CheckFailure) {
            let page = try await fetcher.fetch(request)
            return .success(Answer(status: page.status, bytes: page.body.count))
        } catch {
            return .failure(error)
        }
    }
}

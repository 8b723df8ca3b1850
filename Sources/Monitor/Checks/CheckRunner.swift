public import Detection
public import Domain
public import Fetchers
public import Foundation

/// Does one check: gets the page, compares it, and says what was found. It touches no database.
///
/// ```
/// CheckJob ─► fetcher.fetch ─► is the answer a page? ─► processor.verdict ─► CheckOutcome
///                  │                   │                        │
///                  └───────────────────┴── CheckFailure ────────┴─► the same CheckOutcome, failed
/// ```
public struct CheckRunner: Sendable {
    private let fetcher: any Fetcher
    private let processor: TextProcessor
    private let settings: CurrentSettings
    private let now: @Sendable () -> Date

    public init(
        fetcher: any Fetcher, processor: TextProcessor, settings: CurrentSettings,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.fetcher = fetcher
        self.processor = processor
        self.settings = settings
        self.now = now
    }

    /// Never throws: a failure is an outcome too. `step` hears where the check is.
    public func run(_ job: CheckJob, step: @Sendable (CheckStep) -> Void) async -> CheckOutcome {
        let begin = ContinuousClock.now
        var outcome = CheckOutcome(
            watch: job.watch, revision: job.revision, startedAt: now(), duration: .zero,
            result: .failed(CheckFailure(.cancelled)))
        do {
            step(.fetching)
            let page = try await fetcher.fetch(Self.request(for: job))
            outcome.note(page)
            if page.status == 304 {
                outcome.result = try Self.notModified(job)
            } else {
                try Self.accept(page, job, settings.value)
                step(.comparing)
                outcome.result = .verdict(try verdict(on: page, job))
            }
        } catch {
            outcome.result = .failed(error)
        }
        outcome.duration = ContinuousClock.now - begin
        return outcome
    }

    private func verdict(on page: FetchedPage, _ job: CheckJob) throws(CheckFailure) -> Verdict {
        let rules = DetectionSettings(watch: job.settings, settings: settings.value, url: job.url)
        return try processor.verdict(on: page, settings: rules, previous: job.previous)
    }

    private static func request(for job: CheckJob) -> FetchRequest {
        FetchRequest(
            url: WatchAddress.fetched(job.url), method: job.settings.method, headers: job.settings.headers,
            body: job.settings.body.map { Array($0.utf8) }, etag: job.previous.etag,
            lastModified: job.previous.lastModified)
    }

    private static func notModified(_ job: CheckJob) throws(CheckFailure) -> CheckOutcome.Result {
        guard job.previous.etag != nil || job.previous.lastModified != nil else {
            throw CheckFailure(.badResponse, "304 without a condition")
        }
        return .notModified
    }

    /// Any status but 200 is a failure unless the watch says otherwise, as the incumbent has it.
    private static func accept(_ page: FetchedPage, _ job: CheckJob, _ settings: Settings) throws(CheckFailure) {
        let ignoresStatus = job.settings.ignoreStatusCodes ?? false
        if page.status != 200, !ignoresStatus {
            let isLimited = page.status == 429 || (page.status == 503 && page.retryAfter != nil)
            throw CheckFailure(isLimited ? .rateLimited : .httpStatus, String(page.status))
        }
        if page.body.isEmpty, !settings.emptyPagesAreAChange { throw CheckFailure(.emptyBody) }
    }
}

extension CheckOutcome {
    fileprivate mutating func note(_ page: FetchedPage) {
        status = page.status
        byteCount = page.body.count
        contentType = page.contentType
        etag = page.etag
        lastModified = page.lastModified
        // Elsewhere the header means other things: with 301 how long to wait before following (RFC 9110, 10.2.3).
        if page.status == 429 || page.status == 503 { retryAfter = page.retryAfter }
    }
}

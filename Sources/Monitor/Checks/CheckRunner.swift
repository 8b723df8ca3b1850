public import Detection
public import Domain
public import Fetchers
public import Foundation

/// Does one check: gets the page, compares it, and says what was found. All that it needs is in the job: it knows
/// neither database nor settings.
///
/// ```
/// CheckJob ─► fetcher.fetch ─► is the answer a page? ─► processor.verdict ─► CheckOutcome
///                  │                   │                        │
///                  └───────────────────┴── CheckFailure ────────┴─► the same CheckOutcome, failed
/// ```
public struct CheckRunner: Sendable {
    private let fetcher: any Fetcher
    private let text: TextProcessor
    private let threads: DetectionThreads
    private let restock: RestockProcessor
    private let image: ImageProcessor
    private let room: WorkRoom
    private let now: @Sendable () -> Date

    public init(
        fetcher: any Fetcher, processor: TextProcessor, threads: DetectionThreads,
        limits: DetectionLimits = DetectionLimits(), room: WorkRoom = WorkRoom(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.fetcher = fetcher
        text = processor
        restock = RestockProcessor(limits: limits)
        image = ImageProcessor(limits: limits)
        self.threads = threads
        self.room = room
        self.now = now
    }

    /// Never throws: a failure is an outcome too. `step` hears where the check is, and answers whether it is still
    /// wanted; when it is not, or the task is cancelled, the outcome is the failure `cancelled`.
    ///
    /// What works on the page is not stopped by that and ends by its own limits, perhaps later than this returns:
    /// `keeping` lives until then.
    public nonisolated(nonsending) func run(
        _ job: CheckJob, keeping: (any AnyObject & Sendable)? = nil,
        step: nonisolated(nonsending) @Sendable (CheckStep) async -> Bool
    ) async -> CheckOutcome {
        let begin = ContinuousClock.now
        var outcome = CheckOutcome(
            watch: job.watch, revision: job.revision, startedAt: now(), duration: .zero,
            result: .failed(CheckFailure(.cancelled)))
        do throws(CheckFailure) {
            guard await step(.fetching) else { throw CheckFailure(.cancelled) }
            let request = try await offPool(unless: !CheckRequest.runsTemplates(of: job)) { () throws(CheckFailure) in
                try CheckRequest.make(for: job)
            }
            let page = try await fetcher.fetch(request)
            outcome.note(page)
            if page.status == 304 {
                outcome.result = try Self.notModified(job)
            } else {
                try Self.accept(page, job)
                let rules = DetectionSettings(merged: job.settings, reading: job.shared.reading, url: job.url)
                let processor = processor(of: job.settings.processor)
                let kept = Kept(work: keeping, room: try await room.reserve(for: page, processor, rules))
                defer { withExtendedLifetime(kept) {} }
                guard await step(.comparing) else { throw CheckFailure(.cancelled) }
                let verdict = try await verdict(on: page, job, processor, rules, kept, &outcome.trace)
                outcome.result = .verdict(verdict)
                if Self.keepsBody(of: page, verdict, job) { outcome.body = page.body }
            }
        } catch {
            outcome.result = .failed(error)
        }
        outcome.duration = ContinuousClock.now - begin
        return outcome
    }

    /// Larger bodies are not kept beside their text.
    private static let keptBody = 4 << 20

    /// A picture is kept beside its snapshot anyway. A text that is held back is kept only as the first version, so as
    /// long as nothing has counted its body goes along.
    private static func keepsBody(of page: FetchedPage, _ verdict: Verdict, _ job: CheckJob) -> Bool {
        guard verdict.picture == nil, page.body.count <= keptBody else { return false }
        return switch verdict.decision {
        case .changed: true
        case .blocked: job.previous.textChecksum == nil
        case .sameBytes, .sameText: false
        }
    }

    private nonisolated(nonsending) func verdict(
        on page: FetchedPage, _ job: CheckJob, _ processor: any Processor, _ rules: DetectionSettings, _ kept: Kept,
        _ trace: inout [TraceStep]
    ) async throws(CheckFailure) -> Verdict {
        let checksum = try await offPool(unless: processor.hasCompiled(rules)) { () throws(CheckFailure) in
            try processor.checksum(of: page, settings: rules)
        }
        if let same = processor.sameBytes(checksum, previous: job.previous) { return same }
        let read: @Sendable () -> Reading = {
            defer { withExtendedLifetime(kept) {} }
            return processor.read(page, checksum: checksum, settings: rules, previous: job.previous)
        }
        let reading: Reading?
        switch processor.effort(on: page, settings: rules) {
        // A change of threads costs more than what is left to do.
        case .brief: reading = read()
        case .long: reading = await threads.run(read)
        // A process is waited for on a thread that no other check needs.
        case .program: reading = await OwnThread.run(read)
        }
        guard let reading else { throw CheckFailure(.cancelled) }
        trace = reading.steps
        return try reading.result.get()
    }

    /// Does `body` where nobody else's tasks stand behind it, unless it is brief.
    private nonisolated(nonsending) func offPool<Value: Sendable>(
        unless isBrief: Bool, _ body: @escaping @Sendable () throws(CheckFailure) -> Value
    ) async throws(CheckFailure) -> Value {
        guard !isBrief else { return try body() }
        let result = await threads.run { () -> Result<Value, CheckFailure> in Result(catching: body) }
        guard let result else { throw CheckFailure(.cancelled) }
        return try result.get()
    }

    /// What lives as long as anything works on the page.
    private struct Kept: Sendable {
        let work: (any AnyObject & Sendable)?
        let room: MemoryBudget.Reservation?
    }

    private func processor(of kind: ProcessorKind) -> any Processor {
        switch kind {
        case .text: text
        case .restock: restock
        case .image: image
        }
    }

    private static func notModified(_ job: CheckJob) throws(CheckFailure) -> CheckOutcome.Result {
        guard job.previous.etag != nil || job.previous.lastModified != nil else {
            throw CheckFailure(.badResponse, "304 without a condition")
        }
        return .notModified
    }

    /// Any status but 200 is a failure unless the watch says otherwise, as the incumbent has it.
    private static func accept(_ page: FetchedPage, _ job: CheckJob) throws(CheckFailure) {
        let ignoresStatus = job.settings.ignoreStatusCodes ?? false
        if page.status != 200, !ignoresStatus {
            let isLimited = page.status == 429 || (page.status == 503 && page.retryAfter != nil)
            throw CheckFailure(isLimited ? .rateLimited : .httpStatus, String(page.status))
        }
        if page.body.isEmpty, !job.shared.emptyPagesAreAChange { throw CheckFailure(.emptyBody) }
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

public import Domain

/// What reading a page keeps busy, and so where it may be done.
public enum DetectionEffort: Hashable, Sendable {
    /// The calling thread for some hundred microseconds: a short page read once from its beginning to its end.
    case brief
    /// The calling thread, for as long as `DetectionLimits` allow and with a deep stack.
    case long
    /// A process, for which the calling thread waits.
    case program
}

/// Decides, from a page and what was kept of the last check, whether something changed that a person wants to know.
public protocol Processor: Sendable {
    /// Names the page by its bytes and by how it would be read; takes no time to make.
    func checksum(of page: FetchedPage, settings: DetectionSettings) throws(CheckFailure) -> Checksum

    /// Whether the rules of these settings, if there are any, are compiled already; else the first look at a page with
    /// them takes time.
    func hasCompiled(_ settings: DetectionSettings) -> Bool

    /// How much work it is to read the page.
    func effort(on page: FetchedPage, settings: DetectionSettings) -> DetectionEffort

    /// How many bytes of memory reading the page takes at most, its body and the processes that help included; so that
    /// what does not fit can wait. Looks at each byte once and builds nothing.
    func memoryEstimate(of page: FetchedPage, settings: DetectionSettings) -> Int

    /// What a page of that checksum says, which is not the one of last time. Reads nothing but its arguments, may take
    /// as long as `DetectionLimits` allow, and leaves in `trace` what it did, also when it fails.
    func reading(
        of page: FetchedPage, checksum: Checksum, settings: DetectionSettings, previous: PreviousCheck, trace: Trace
    ) throws(CheckFailure) -> Verdict
}

extension Processor {
    public func hasCompiled(_ settings: DetectionSettings) -> Bool { true }

    /// The answer when the page's checksum is that of last time; nil when it has to be read.
    public func sameBytes(_ checksum: Checksum, previous: PreviousCheck) -> Verdict? {
        checksum == previous.pageChecksum ? Verdict(decision: .sameBytes, pageChecksum: checksum) : nil
    }

    /// The answer about `page`; reads nothing but its arguments.
    public func verdict(
        on page: FetchedPage, settings: DetectionSettings, previous: PreviousCheck
    ) throws(CheckFailure) -> Verdict {
        let checksum = try checksum(of: page, settings: settings)
        if let same = sameBytes(checksum, previous: previous) { return same }
        return try reading(of: page, checksum: checksum, settings: settings, previous: previous, trace: Trace())
    }

    /// What a page of that checksum says, good or bad, with what led to it.
    public func read(
        _ page: FetchedPage, checksum: Checksum, settings: DetectionSettings, previous: PreviousCheck
    ) -> Reading {
        let trace = Trace()
        let result = Result { () throws(CheckFailure) in
            try reading(of: page, checksum: checksum, settings: settings, previous: previous, trace: trace)
        }
        return Reading(result: result, steps: trace.steps)
    }
}

/// One reading of a page, with its steps.
public struct Reading: Sendable {
    public let result: Result<Verdict, CheckFailure>
    public let steps: [TraceStep]
}

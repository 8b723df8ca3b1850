public import Domain

/// Decides, from a page and what was kept of the last check, whether something changed that a person wants to know.
public protocol Processor: Sendable {
    /// The answer when the page's bytes are those of last time, which takes no time to know; nil when it has to be read.
    func sameBytes(
        on page: FetchedPage, settings: DetectionSettings, previous: PreviousCheck
    ) throws(CheckFailure) -> Verdict?

    /// Reads nothing but its arguments. May take as long as `DetectionLimits` allow.
    func verdict(
        on page: FetchedPage, settings: DetectionSettings, previous: PreviousCheck
    ) throws(CheckFailure) -> Verdict
}

extension TextProcessor: Processor {}

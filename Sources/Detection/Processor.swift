public import Domain

/// Decides, from a page and what was kept of the last check, whether something changed that a person wants to know.
public protocol Processor: Sendable {
    /// Reads nothing but its arguments.
    func verdict(
        on page: FetchedPage, settings: DetectionSettings, previous: PreviousCheck
    ) throws(CheckFailure) -> Verdict
}

extension TextProcessor: Processor {}

import Domain

/// How long all filters of one check may take together.
///
/// Steps bound most of what they do, but what one step costs differs with the page by more than a thousand times.
final class FilterTime {
    private let deadline: ContinuousClock.Instant

    init(_ limits: DetectionLimits) {
        deadline = .now + limits.filterTime
    }

    /// So many steps are gone before the clock is looked at again: about a millisecond.
    static let stepsBetweenLooks = 100_000

    var left: Duration { deadline - .now }

    /// Fails when the time is over.
    func check(_ filter: @autoclosure () -> String) throws(CheckFailure) {
        if left <= .zero { throw CheckFailure(.tooComplex, "\(filter()) takes too long on this page") }
    }
}

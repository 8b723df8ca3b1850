/// How much time of a clock has passed since it was made; a wall clock that is set does not move it.
package struct Stopwatch: Sendable {
    private let start = ContinuousClock.now
    /// Reads any other clock than the usual one, which is asked a few times in every check.
    private let other: (@Sendable () -> Duration)?

    package init(_ clock: any Clock<Duration>) {
        other = clock is ContinuousClock ? nil : Self.start(clock)
    }

    package var elapsed: Duration { other?() ?? start.duration(to: .now) }

    private static func start<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

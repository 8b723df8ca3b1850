import Foundation
import Synchronization

/// Remembers for a few minutes how late checks began: after they were due, or after somebody asked for them.
///
/// What is put off on purpose (a host that is held, hours of a schedule) is not late. Counted in steps of a fifth, in
/// slices of half a minute by a clock that nobody sets: what it costs does not depend on how many checks there are.
public final class Lateness: Sendable {
    /// What checks of the last minutes were late by, in seconds.
    public struct Summary: Sendable, Equatable {
        public var checks = 0
        public var median = 0.0
        public var p95 = 0.0
        public var most = 0.0
    }

    private struct Slice {
        var number = -1
        var counts = [Int](repeating: 0, count: Lateness.steps)
        var most = 0.0
    }

    /// How far back it remembers.
    public static let window: Duration = .seconds(300)
    private static let slice: Duration = .seconds(30)
    private static let shortest = 0.01
    private static let step = 1.2
    /// Up to five days.
    private static let steps = 96

    private let slices: Mutex<[Slice]>
    private let stopwatch: Stopwatch

    public init(clock: any Clock<Duration> = ContinuousClock()) {
        stopwatch = Stopwatch(clock)
        slices = Mutex(Array(repeating: Slice(), count: Int(Self.window / Self.slice)))
    }

    public func note(_ seconds: Double) {
        let late = max(0, seconds)
        let number = current
        slices.withLock { slices in
            let place = number % slices.count
            if slices[place].number != number { slices[place] = Slice(number: number) }
            slices[place].counts[Self.index(of: late)] += 1
            slices[place].most = max(slices[place].most, late)
        }
    }

    public var summary: Summary {
        let oldest = current - Int(Self.window / Self.slice)
        let recent = slices.withLock { $0.filter { $0.number > oldest } }
        var counts = [Int](repeating: 0, count: Self.steps)
        for slice in recent { for (index, count) in slice.counts.enumerated() { counts[index] += count } }
        let most = recent.map(\.most).max() ?? 0
        let checks = counts.reduce(0, +)
        return Summary(
            checks: checks, median: min(most, Self.quantile(0.5, counts, checks)),
            p95: min(most, Self.quantile(0.95, counts, checks)), most: most)
    }

    private var current: Int { Int(stopwatch.elapsed / Self.slice) }

    private static func index(of seconds: Double) -> Int {
        guard seconds > shortest else { return 0 }
        return min(steps - 1, Int((log(seconds / shortest) / log(step)).rounded(.up)))
    }

    /// The upper end of the step in which the share of all checks is reached.
    private static func quantile(_ share: Double, _ counts: [Int], _ checks: Int) -> Double {
        guard checks > 0 else { return 0 }
        var left = Int((share * Double(checks)).rounded(.up))
        for (index, count) in counts.enumerated() {
            left -= count
            if left <= 0 { return shortest * pow(step, Double(index)) }
        }
        return shortest * pow(step, Double(steps - 1))
    }
}

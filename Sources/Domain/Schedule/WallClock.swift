import Foundation

/// The clock on a wall in one time zone, from four days before a moment to three weeks after it.
///
/// A reading is what that clock shows, in seconds since its own 1970-01-01 00:00; a moment is in seconds since 1970 in
/// UTC. Only the offsets come from Foundation: its `Calendar` takes ten times as long for the next Monday at nine.
struct WallClock {
    private struct Stretch {
        let begin: Int
        let offset: Int
    }

    /// Each with one offset, in order; the first reaches back without end, the last forward.
    private var stretches: [Stretch] = []

    /// Offsets are looked up every five days. No zone has changed its own twice in so short a time since 1970, nor will
    /// by what is decided now (the shortest is a week: Gaza around Ramadan, Recife in 2000).
    init(_ zone: TimeZone, around moment: Int) {
        let step = 5 * 86_400
        var begin = moment - 4 * 86_400
        var offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(begin)))
        stretches.append(Stretch(begin: .min, offset: offset))
        for _ in 0..<5 {
            let end = begin + step
            let next = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(end)))
            if next != offset {
                stretches.append(Stretch(begin: Self.change(zone, from: offset, begin, end), offset: next))
                offset = next
            }
            begin = end
        }
    }

    /// The first moment with another offset than `before`, which is after `low` and not after `high`.
    private static func change(_ zone: TimeZone, from before: Int, _ low: Int, _ high: Int) -> Int {
        var low = low
        var high = high
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(middle))) == before {
                low = middle
            } else {
                high = middle
            }
        }
        return high
    }

    /// What the clock shows at a moment.
    func reading(at moment: Int) -> Int {
        moment + (stretches.last { $0.begin <= moment } ?? stretches[0]).offset
    }

    /// The moment at which the clock first shows that reading, or, where it skips it, a later one.
    func moment(of reading: Int) -> Int {
        for index in stretches.indices.dropLast() {
            let moment = max(reading - stretches[index].offset, stretches[index].begin)
            if moment < stretches[index + 1].begin { return moment }
        }
        let last = stretches[stretches.count - 1]
        return max(reading - last.offset, last.begin)
    }
}

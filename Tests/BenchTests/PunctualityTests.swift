import TestSupport
import Testing

@testable import Bench

/// What is said of checks that came, came late, or did not come.
@Suite("How punctual checks are")
struct PunctualityTests {
    private static func punctuality(_ pages: String...) -> Punctuality {
        Punctuality(since: Dictionary(uniqueKeysWithValues: pages.map { ($0, 0) }), interval: 30, grace: 10)
    }

    @Test(
        "a check is late by what is beyond its interval, and missed where the grace for a due time has passed",
        arguments: [
            (check: 29.0, late: 0.0, missed: 0), (check: 30, late: 0, missed: 0), (check: 40, late: 10, missed: 0),
            (check: 41, late: 11, missed: 1), (check: 65, late: 35, missed: 1), (check: 70, late: 40, missed: 1),
            (check: 71, late: 41, missed: 2), (check: 600, late: 570, missed: 19),
        ])
    func oneCheck(check: Double, late: Double, missed: Int) {
        var punctuality = Self.punctuality("/a")
        let span = punctuality.look(at: ["/a": [check]], until: check)
        #expect(span.late == [late])
        #expect(span.missed == missed)
        #expect(span.checks == 1)
    }

    @Test("a page that is not checked any more is late until the end")
    func stopped() {
        var punctuality = Self.punctuality("/a")
        let span = punctuality.look(at: ["/a": [10, 40]], until: 150)
        #expect(span.late == [0, 0, 80])
        #expect(span.missed == 3)
    }

    @Test("a page that is never checked is missed at each of its due times")
    func never() {
        var punctuality = Self.punctuality("/a", "/b")
        let span = punctuality.look(at: ["/a": [30, 60, 90]], until: 100)
        #expect(span.late.sorted() == [0, 0, 0, 70])
        #expect(span.missed == 2)
    }

    @Test("the end of a span does not make a check late that is not due yet")
    func notYet() {
        var punctuality = Self.punctuality("/a")
        let span = punctuality.look(at: ["/a": [20]], until: 49)
        #expect(span.late == [0])
        #expect(span.missed == 0)
    }

    @Test("a gap of minutes is counted once, in the minutes in which its checks were missed")
    func acrossMinutes() {
        var punctuality = Self.punctuality("/a")
        let spans = [
            punctuality.look(at: ["/a": [30, 60]], until: 60), punctuality.look(at: [:], until: 120),
            punctuality.look(at: ["/a": [170]], until: 180),
        ]
        #expect(spans.map(\.missed) == [0, 1, 2])
        #expect(spans.map(\.late) == [[0, 0], [30], [80]])
    }

    @Test("however a run is cut into spans, the same checks are missed")
    func cuts() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var checks: [Double] = []
            while (checks.last ?? 0) < 900 { checks.append((checks.last ?? 0) + .random(in: 5...200, using: &random)) }
            var whole = Self.punctuality("/a"), cut = whole
            let expected = whole.look(at: ["/a": checks], until: 1200)
            var missed = 0, count = 0, start = 0.0
            while start < 1200 {
                let end = min(1200, start + .random(in: 1...120, using: &random))
                let span = cut.look(at: ["/a": checks.filter { $0 > start && $0 <= end }], until: end)
                (missed, count, start) = (missed + span.missed, count + span.checks, end)
            }
            #expect(missed == expected.missed)
            #expect(count == expected.checks)
        }
    }
}

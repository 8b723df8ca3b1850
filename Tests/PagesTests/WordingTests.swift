import Domain
import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct WordingTests {
    @Test(
        "times are told in their largest unit",
        arguments: [
            (0, "just now"), (9, "just now"), (10, "10 s ago"), (59, "59 s ago"), (60, "1 min ago"),
            (3_599, "59 min ago"), (3_600, "1 h ago"),
            (86_399, "23 h ago"), (86_400, "1 d ago"), (2_592_000, "1 mo ago"), (31_536_000, "1 y ago"), (-1, "in 1 s"),
            (-89, "in 1 min"), (-90, "in 2 min"), (-3_569, "in 59 min"), (-3_599, "in 1 h"), (-7_200, "in 2 h"),
            (-10_799, "in 3 h"), (-84_599, "in 23 h"), (-86_399, "in 1 d"),
        ])
    func relative(seconds: Int, words: String) {
        #expect(Moments.relative(Samples.now.addingTimeInterval(TimeInterval(-seconds)), now: Samples.now) == words)
    }

    @Test("exact times are told in UTC")
    func exact() {
        #expect(Moments.machine(Date(timeIntervalSince1970: 1_795_244_400.9)) == "2026-11-21T07:00:00Z")
        #expect(Moments.exact(Date(timeIntervalSince1970: 0)) == "1970-01-01 00:00:00 UTC")
    }

    @Test(
        "exact times are those of the calendar, on leap days, at the ends of years and before 1970",
        arguments: [
            -1, 0, 951_782_399, 951_782_400, 951_868_799, 951_868_800, 1_709_164_800, 1_709_251_199, 1_735_689_599,
            1_735_689_600,
            4_107_542_399, 4_107_542_400, 253_402_300_799, -86_400, -86_401, 1_795_244_400,
        ])
    func calendar(seconds: Int) {
        let date = Date(timeIntervalSince1970: TimeInterval(seconds))
        #expect(Moments.machine(date) == date.formatted(.iso8601))
    }

    @Test("dates that no clock shows do not trap", arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300])
    func oddDates(seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(!Moments.exact(date).isEmpty)
        #expect(!Moments.relative(date, now: Samples.now).isEmpty)
    }

    @Test(
        "durations are told",
        arguments: [
            (Duration.milliseconds(0), "0 ms"), (.microseconds(1_499), "1 ms"), (.microseconds(1_500), "2 ms"),
            (.milliseconds(999), "999 ms"), (.milliseconds(1_240), "1.2 s"),
            (.milliseconds(10_900), "10 s"),
            (.seconds(65), "1 min 5 s"), (.seconds(-3), "0 ms"), (.seconds(Int64.max), "1440 min 0 s"),
        ])
    func durations(duration: Duration, words: String) {
        #expect(Moments.duration(duration) == words)
    }

    @Test(
        "intervals are told in at most two units",
        arguments: [
            (10_800, "every 3 hours"), (129_600, "every 1 day 12 hours"), (60, "every 1 minute"),
            (694_861, "every 1 week 1 day"), (0, "all the time"),
        ])
    func intervals(seconds: Int, words: String) {
        #expect(PreviewPage.words(seconds: seconds) == words)
    }

    @Test(
        "sizes and counts are told",
        arguments: [
            (0, "0 B", "0"), (999, "999 B", "999"), (4_210, "4.2 kB", "4,210"), (1_300_000, "1.3 MB", "1,300,000"),
        ])
    func sizes(number: Int, size: String, count: String) {
        #expect(CheckTable.size(number) == size)
        #expect(Counts.grouped(number) == count)
    }

    private func check(_ result: CheckResult, _ milliseconds: Int) -> RecentCheck {
        RecentCheck(result: result, startedAt: Samples.now, duration: .milliseconds(milliseconds))
    }

    @Test(
        "bars grow with the time a check took, and changes and failures are never small",
        arguments: [
            (CheckResult.unchanged, 0, 6), (.unchanged, 50, 6), (.unchanged, 500, 11), (.unchanged, 5_000, 17),
            (.unchanged, 60_000, 20),
            (.changed, 50, 14), (.failed, 50, 14), (.changed, 60_000, 20), (.first, 50, 6),
        ])
    func barHeights(result: CheckResult, milliseconds: Int, height: Int) {
        #expect(CheckBars.barHeight(check(result, milliseconds)) == height)
    }

    @Test("bars are drawn from the right, with a place for each check to come")
    func bars() {
        let html = CheckBars.markup([check(.first, 50), check(.failed, 50), check(.unchanged, 50)]).html
        #expect(html.components(separatedBy: "v-2").count - 1 == 17)
        #expect(
            html.hasSuffix(
                "<path class=\"b-unchanged\" d=\"M116 20v-6\"/><path class=\"b-failed\" d=\"M110 20v-8m0-2v-4\"/><path class=\"b-first\" d=\"M104 20v-6\"/>"
            ))
        #expect(
            CheckBars.words([check(.changed, 1), check(.unchanged, 1), check(.unchanged, 1)])
                == "Last 3 checks: 2 unchanged, 1 changed")
        #expect(CheckBars.words([]) == "No checks yet")
    }

    @Test("at most twenty bars are drawn")
    func manyBars() {
        let html = CheckBars.markup((0..<50).map { _ in check(.unchanged, 50) }).html
        #expect(html.components(separatedBy: "M").count - 1 == 20)
    }
}

import NIOCore
import Testing

@testable import Bench

@Suite("What a soak counts as late")
struct GapsTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    @Test("a look that comes in time is late by nothing, over the reports too")
    func inTime() {
        var gaps = Gaps(["/a"], interval: 30, from: start)
        #expect(gaps.report(["/a": [at(10), at(40)]], until: at(60)) == [0, 0])
        #expect(gaps.report(["/a": [at(70), at(100)]], until: at(120)) == [0, 0])
    }

    @Test("a gap that reaches over a report counts whole")
    func overReports() {
        var gaps = Gaps(["/a"], interval: 30, from: start)
        #expect(gaps.report(["/a": [at(10)]], until: at(60)) == [0, 20])
        #expect(gaps.report(["/a": [at(90)]], until: at(100)) == [50])
    }

    @Test("a page that is not looked at any more is late in each report, and one that never was too")
    func stopped() {
        var gaps = Gaps(["/a", "/never"], interval: 30, from: start)
        #expect(gaps.report(["/a": [at(1)]], until: at(61)).sorted() == [0, 30, 31])
        #expect(gaps.report([:], until: at(121)).sorted() == [90, 91])
    }
}

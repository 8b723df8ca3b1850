import Testing

@testable import Bench

/// What a soak prints, and when it says that all is good.
@Suite("The table of a soak")
struct SoakTableTests {
    private static let quiet = SoakMinute(
        memory: 61.4, database: 1.26, descriptors: 240, checks: 1200, median: 0.02, p95: 0.4, latest: 1.5,
        processor: 12)

    private static func words(_ line: String) -> [Substring] { line.split(separator: " ") }

    @Test("each line is as wide as its head")
    func width() {
        var table = SoakTable()
        let lines = [table.add(Self.quiet), table.add(SoakMinute(memory: 1234, descriptors: 12_345))] + table.summary
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.count == SoakTable.head.count })
        #expect(Self.words(lines[0]) == ["1", "61", "240", "1.3", "1200", "0.02", "0.40", "1.50", "0", "12", "0"])
    }

    @Test("it sums up by the first, the last and the most of each column")
    func summary() {
        var table = SoakTable()
        for memory in [50.0, 90, 70] {
            var minute = Self.quiet
            minute.memory = memory
            _ = table.add(minute)
        }
        #expect(table.summary.map { Self.words($0)[0] } == ["first", "last", "most"])
        #expect(table.summary.map { Self.words($0)[1] } == ["50", "70", "90"])
        #expect(table.isGood)
        #expect(table.verdict.hasPrefix("good: 3 minutes, 3600 checks of healthy watches, 0 missed"))
    }

    @Test("it is not good when a check was missed, when readiness was, or when nothing was seen")
    func verdict() {
        #expect(!SoakTable().isGood)
        for change in [\SoakMinute.missed, \SoakMinute.notReady] {
            var table = SoakTable()
            var minute = Self.quiet
            minute[keyPath: change] = 2
            _ = table.add(minute)
            _ = table.add(Self.quiet)
            #expect(!table.isGood)
            #expect(table.verdict.hasPrefix("NOT GOOD"))
        }
    }
}

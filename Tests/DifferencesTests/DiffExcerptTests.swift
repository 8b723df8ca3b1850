import TestSupport
import Testing

@testable import Differences

@Suite("An excerpt of a difference")
struct DiffExcerptTests {
    private func text(_ lines: [String]) -> [UInt8] { Array(lines.joined(separator: "\n").utf8) }

    private func numbers(_ range: ClosedRange<Int>) -> [String] { range.map { "line \($0)" } }

    private func rows(_ excerpt: DiffExcerpt) -> [DiffRow] {
        excerpt.parts.compactMap { if case .row(let row, _, _) = $0 { row } else { nil } }
    }

    @Test("within its limits it is the whole difference", arguments: 1...20 as ClosedRange<UInt64>)
    func whole(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let words = ["a", "b", "a b", "c", "", "a longer line", "another line"]
        func some() -> [UInt8] {
            text((0..<Int.random(in: 0...40, using: &random)).map { _ in words.randomElement(using: &random) ?? "" })
        }
        let (old, new) = (some(), some())
        var limits = DiffExcerpt.Limits()
        limits.context = nil
        let excerpt = DiffExcerpt.of(old, new, limits)
        let all = LineDiff(from: old, to: new).rows()
        #expect(rows(excerpt) == (old == new ? [] : all), "seed \(seed)")
        #expect(excerpt.tally.added == all.count { $0.kind == .added && !$0.isMoved })
        #expect(excerpt.tally.removed == all.count { $0.kind == .removed && !$0.isMoved })
        #expect(excerpt.tally.moved == all.count { $0.kind == .added && $0.isMoved })
        #expect(excerpt.tally.changed == all.count { $0.kind == .changed })
        #expect(excerpt.leftOut == 0)
    }

    @Test("rows stop at the limit, and what is left out is counted", arguments: [1, 7, 99])
    func rowLimit(limit: Int) {
        var limits = DiffExcerpt.Limits()
        limits.rows = limit
        let excerpt = DiffExcerpt.of(text(numbers(1...100)), text(numbers(201...300)), limits)
        #expect(excerpt.parts.count == limit)
        #expect(excerpt.leftOut == 100 - limit)
        #expect(excerpt.tally == DiffExcerpt.Tally(changed: 100))
    }

    @Test("text stops at the limit of bytes")
    func byteLimit() {
        var limits = DiffExcerpt.Limits()
        limits.bytes = 50
        let excerpt = DiffExcerpt.of([], text(numbers(100...199)), limits)
        #expect(rows(excerpt).reduce(0) { $0 + $1.new.count } < 50 + 10)
        #expect(excerpt.parts.count + excerpt.leftOut == 1 + 100, "the empty text is one line that goes")
    }

    @Test("a difference far behind equal lines is listed, they are not")
    func farAway() {
        var limits = DiffExcerpt.Limits()
        limits.rows = 20
        limits.distantLines = 10
        let same = numbers(1...1_000)
        let excerpt = DiffExcerpt.of(text(same + ["old"] + same), text(same + ["new"] + same), limits)
        #expect(excerpt.parts.first == .folded(lines: 997, oldLine: 1, newLine: 1))
        #expect(rows(excerpt).map(\.newLine) == [998, 999, 1000, 1001, 1002, 1003, 1004])
        #expect(excerpt.parts.last == .folded(lines: 997, oldLine: 1005, newLine: 1005))
        #expect(excerpt.leftOut == 0)
    }

    @Test("of very long texts the part after their common beginning is compared, under the lines' own numbers")
    func manyLines() {
        var limits = DiffExcerpt.Limits()
        limits.comparedLines = 50
        let same = numbers(1...1_000)
        let excerpt = DiffExcerpt.of(
            text(same + ["old"] + numbers(1...300)), text(same + ["new"] + numbers(1...200)), limits)
        #expect(excerpt.parts.first == .folded(lines: 997, oldLine: 1, newLine: 1))
        let changed = rows(excerpt).filter { $0.kind != .same }
        #expect(changed.map(\.oldLine) == [1001])
        #expect(changed.map(\.newLine) == [1001])
        #expect(changed.map { String(decoding: excerpt.new[$0.new], as: UTF8.self) } == ["new"])
        // 50 of each text were compared, of which three are those before the difference.
        #expect(excerpt.leftOut == 301 - 47)
    }

    @Test("a long line is cut at a whole character, and its words are not compared")
    func longLine() throws {
        var limits = DiffExcerpt.Limits()
        limits.lineBytes = 10
        limits.wordBytes = 20
        let old = Array("häßlich äöü und lang".utf8), new = Array("häßlich äöü oder lang".utf8)
        let excerpt = DiffExcerpt.of(old, new, limits)
        guard case .row(let row, let oldCut, let newCut) = try #require(excerpt.parts.first) else {
            Issue.record("no row")
            return
        }
        #expect(String(decoding: excerpt.old[row.old], as: UTF8.self) == "häßlich ")
        #expect(oldCut == old.count - 10 && newCut == new.count - 10)
        #expect(row.oldWords == [DiffRow.Word(range: row.old, isMarked: true)])
    }

    @Test("words are compared in so many bytes, later lines are marked whole")
    func words() {
        var limits = DiffExcerpt.Limits()
        limits.allWordBytes = 40
        let excerpt = DiffExcerpt.of(
            text(["one two", "three four", "five six"]), text(["one 2", "three 4", "five 6"]), limits)
        #expect(rows(excerpt).map(\.newWords.count) == [2, 2, 1])
    }
}

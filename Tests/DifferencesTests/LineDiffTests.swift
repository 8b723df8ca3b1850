import TestSupport
import Testing

@testable import Differences

@Suite("Differences")
struct LineDiffTests {
    private func bytes(_ lines: [String]) -> [UInt8] { Array(lines.joined(separator: "\n").utf8) }

    private func text(_ old: String, _ new: String, _ options: LineDiff.TextOptions = .init()) -> String {
        String(decoding: LineDiff(from: Array(old.utf8), to: Array(new.utf8)).text(options), as: UTF8.self)
    }

    /// The new text, put together from the rows alone; nil when the rows do not add up to the old text.
    private func applied(_ diff: LineDiff) -> [UInt8]? {
        var old: [[UInt8]] = [], new: [[UInt8]] = []
        for row in diff.rows() {
            if row.oldLine != nil { old.append(Array(diff.old[row.old])) }
            if row.newLine != nil { new.append(Array(diff.new[row.new])) }
            if row.kind == .same, diff.old[row.old] != diff.new[row.new] { return nil }
            if row.kind == .changed, !wordsFit(row, diff) { return nil }
        }
        guard old == Lines.split(diff.old).map(Array.init) else { return nil }
        return Array(new.joined(separator: [0x0A]))
    }

    /// Whether the words cover both lines, and what is not marked is the same on both sides.
    private func wordsFit(_ row: DiffRow, _ diff: LineDiff) -> Bool {
        func whole(_ words: [DiffRow.Word]) -> Range<Int>? {
            for (one, next) in zip(words, words.dropFirst()) where one.range.upperBound != next.range.lowerBound {
                return nil
            }
            guard let first = words.first, let last = words.last else { return nil }
            return first.range.lowerBound..<last.range.upperBound
        }
        let old = row.oldWords.filter { !$0.isMarked }.flatMap { diff.old[$0.range] }
        let new = row.newWords.filter { !$0.isMarked }.flatMap { diff.new[$0.range] }
        return (whole(row.oldWords) ?? row.old) == row.old && (whole(row.newWords) ?? row.new) == row.new && old == new
    }

    @Test("the rows of a difference make the new text out of the old one")
    func applies() {
        var random = SeededGenerator(seed: runSeed)
        for round in 0..<1_500 {
            let alphabet = Int.random(in: 1...12, using: &random)
            func lines(_ count: Int) -> [String] {
                (0..<count).map { _ in "line \(Int.random(in: 0...alphabet, using: &random)) 日本 x" }
            }
            let old = lines(Int.random(in: 0...40, using: &random))
            var new = round % 2 == 0 ? lines(Int.random(in: 0...40, using: &random)) : old
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let place = Int.random(in: 0...new.count, using: &random)
                if Bool.random(using: &random), place < new.count {
                    new.remove(at: place)
                } else {
                    new.insert(contentsOf: lines(2), at: place)
                }
            }
            let diff = LineDiff(from: bytes(old), to: bytes(new))
            #expect(applied(diff) == bytes(new), "seed \(runSeed), round \(round)")
            #expect(diff.isEmpty == (bytes(old) == bytes(new)), "seed \(runSeed), round \(round)")
        }
    }

    @Test("beyond the cost cap a difference is still right")
    func capped() {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<6 {
            let old = (0..<3_000).map { "line \($0 % 1_700)" }
            let diff = LineDiff(from: bytes(old), to: bytes(old.shuffled(using: &random)))
            #expect(applied(diff) == diff.new, "seed \(runSeed)")
        }
    }

    @Test("no difference is longer than the shortest below the cost cap")
    func shortest() {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<300 {
            let old = (0..<30).map { _ in Int32.random(in: 0...4, using: &random) }
            let new = (0..<30).map { _ in Int32.random(in: 0...4, using: &random) }
            var common = [[Int]](repeating: [Int](repeating: 0, count: 31), count: 31)
            for row in 1...30 {
                for column in 1...30 {
                    common[row][column] =
                        old[row - 1] == new[column - 1]
                        ? common[row - 1][column - 1] + 1 : max(common[row - 1][column], common[row][column - 1])
                }
            }
            let marks = SequenceDiff.marks(old, new, distinct: 5)
            #expect(marks.removed.count { !$0 } == common[30][30], "seed \(runSeed)")
        }
    }

    @Test("equal texts do not differ", arguments: ["", "a", "a\nb\n", "\n\n"])
    func equals(_ text: String) {
        let diff = LineDiff(from: Array(text.utf8), to: Array(text.utf8))
        #expect(diff.isEmpty)
        #expect(diff.rows().allSatisfy { $0.kind == .same })
        #expect(diff.text().isEmpty)
    }

    @Test("as text, differences carry the incumbent's markers")
    func markers() {
        #expect(text("a\nb\nc", "a\nx b\nc\nd") == "(changed) b\n(into) x b\n(added) d")
        #expect(text("a\nb\nc", "a\nc") == "(removed) b")
        var options = LineDiff.TextOptions()
        options.showsSame = true
        options.hasMarkers = false
        #expect(text("a\nb", "a\nc", options) == "a\nb\nc")
        options.showsChanged = false
        #expect(text("a\nb", "a\nc", options) == "a")
    }

    @Test(
        "only the words that differ are marked",
        arguments: [
            ("costs 10 euro", "costs 12 euro", ["10"], ["12"]), ("价格是百元", "价格是千元", ["百"], ["千"]),
            ("a b", "a b c", [], [" c"]), ("Größe: 5", "Größe: 6", ["5"], ["6"]),
        ])
    func words(_ old: String, _ new: String, _ gone: [String], _ come: [String]) throws {
        let diff = LineDiff(from: Array(old.utf8), to: Array(new.utf8))
        let row = try #require(diff.rows().first)
        #expect(row.kind == .changed)
        #expect(row.oldWords.filter(\.isMarked).map { String(decoding: diff.old[$0.range], as: UTF8.self) } == gone)
        #expect(row.newWords.filter(\.isMarked).map { String(decoding: diff.new[$0.range], as: UTF8.self) } == come)
    }

    @Test("a changed line stands beside the line it was, not beside an inserted one")
    func pairing() {
        #expect(
            text("head\nprice of tea is 5\nend", "head\nnew words here\nprice of tea is 6\nend")
                == "(added) new words here\n(changed) price of tea is 5\n(into) price of tea is 6")
    }

    @Test("white space and case count only when they should")
    func options() {
        let old = Array("A b\nc".utf8), new = Array("a  B \nc".utf8)
        #expect(!LineDiff(from: old, to: new).isEmpty)
        #expect(LineDiff(from: old, to: new, options: .init(ignoreWhitespace: true, ignoreCase: true)).isEmpty)
        #expect(!LineDiff(from: old, to: new, options: .init(ignoreCase: true)).isEmpty)
    }

    @Test("long runs of equal lines are folded around each difference")
    func folding() {
        let old = (0..<40).map { "line \($0)" }
        var new = old
        new[20] = "other"
        let sections = LineDiff(from: bytes(old), to: bytes(new)).sections(context: 2)
        #expect(sections.count == 3)
        #expect(sections.first == .folded(18))
        #expect(sections.last == .folded(17))
        guard case .rows(let rows) = sections[1] else { return #expect(Bool(false)) }
        #expect(rows.map(\.newLine) == [19, 20, 21, 22, 23])
        #expect(LineDiff(from: bytes(old), to: bytes(old)).sections(context: 3) == [.folded(40)])
    }
}

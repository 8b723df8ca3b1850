import Domain
import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct DiffTableTests {
    private static func same(_ range: ClosedRange<Int>) -> [ComparedLine] {
        range.map { ComparedLine(.same, oldLine: $0, newLine: $0, old: [], new: [WordSpan("line \($0)")]) }
    }

    private static func added(_ line: Int, _ text: String = "new") -> ComparedLine {
        ComparedLine(.added, oldLine: nil, newLine: line, old: [], new: [WordSpan(text)])
    }

    private func table(_ rows: [ComparedLine], _ layout: DiffTable.Layout = .unified, folds: Bool = true) -> (
        table: DiffTable, html: String
    ) {
        let table = DiffTable(rows: rows, layout: layout, folds: folds, unfoldedPath: "/diff/x?fold=no")
        return (table, String(decoding: table.html, as: UTF8.self))
    }

    @Test(
        "unchanged runs are folded to three lines around each change",
        arguments: [
            // lines before, between and after two changes; lines that each fold says it hides
            (3, 6, 3, []), (6, 6, 6, []), (7, 9, 7, [4, 4]), (7, 10, 7, [4, 4, 4]), (100, 100, 100, [97, 94, 97]),
            (0, 10, 0, [4]),
        ])
    func folding(before: Int, between: Int, after: Int, folds: [Int]) {
        func run(_ start: Int, _ count: Int) -> [ComparedLine] {
            count == 0 ? [] : Self.same(start...(start + count - 1))
        }
        let rows =
            run(1, before) + [Self.added(before + 1)] + run(before + 2, between) + [Self.added(500)] + run(501, after)
        let (table, html) = table(rows)
        let said = html.components(separatedBy: "Show ").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }
        #expect(said == folds)
        #expect(table.changes == 2)
        #expect(html.components(separatedBy: "<tbody role=\"rowgroup\" hidden>").count - 1 == folds.count)
        #expect(html.components(separatedBy: "<tr role=\"row\" class=\"same\"").count - 1 == before + between + after)
    }

    @Test(
        "a line that has only moved says where to and where from, in both views",
        arguments: [DiffTable.Layout.unified, .split])
    func moved(layout: DiffTable.Layout) {
        let gone = ComparedLine(
            .removed, oldLine: 1, newLine: nil, old: [WordSpan("a line")], new: [], movedLine: 1_204)
        let come = ComparedLine(.added, oldLine: nil, newLine: 1_204, old: [], new: [WordSpan("a line")], movedLine: 1)
        let (_, html) = table([gone] + Self.same(1...3) + [come, Self.added(1_205)], layout)
        #expect(html.contains(#"class="t del moved"><del>a line</del><span class="move">moved to line 1,204</span>"#))
        #expect(html.contains(#"class="t ins moved"><ins>a line</ins><span class="move">moved from line 1</span>"#))
        #expect(html.components(separatedBy: "moved\">").count == 3)
        let page = Comparison(lines: [gone, come, Self.added(1_205)])
        #expect(page.moved == 1 && page.added == 1 && page.removed == 0)
    }

    @Test("nothing is folded when the page is asked for unfolded, and every new line can be linked to")
    func unfolded() {
        let (_, html) = table(Self.same(1...50) + [Self.added(51)], folds: false)
        #expect(!html.contains("fold"))
        #expect(html.contains("id=\"n50\""))
        #expect(html.contains("id=\"c1\""))
    }

    @Test("what is folded beyond the page's limit is behind a link, not in the page")
    func largeFolds() {
        let rows = Self.same(1...5_000) + [Self.added(5_001)]
        let (_, html) = table(rows)
        #expect(html.contains("<a href=\"/diff/x?fold=no#n1\">"))
        #expect(html.contains("Show 4,997 unchanged lines"))
        #expect(!html.contains("hidden>"))
        #expect(!html.contains("line 4000"))
    }

    @Test("neighbouring differing lines are one difference")
    func changes() {
        let rows = [Self.added(1), Self.added(2)] + Self.same(3...4) + [Self.added(5)]
        #expect(table(rows).table.changes == 2)
    }

    @Test("rows beyond the limit are left out and counted")
    func limit() {
        let rows = (1...(DiffTable.mostRows + 7)).map { Self.added($0) }
        let (table, html) = table(rows)
        #expect(table.leftOut(of: rows) == 7)
        #expect(html.components(separatedBy: "<tr ").count - 1 == DiffTable.mostRows)
    }

    @Test("markup stops at the limit, whatever the rows are made of")
    func markupLimit() {
        let marks = (0..<1_000).map { WordSpan("&", isMarked: $0.isMultiple(of: 2)) }
        let rows = (1...2_000).map { ComparedLine(.added, oldLine: nil, newLine: $0, old: [], new: marks) }
        let (table, html) = table(rows)
        #expect(html.utf8.count < DiffTable.mostBytes + 50_000)
        #expect(table.shown > 0 && table.leftOut(of: rows) == 2_000 - table.shown)
    }

    @Test("equal lines that are not there are behind a link; where all are asked for, it says that they are too many")
    func foldedAway() {
        let rows = [ComparedLine(.folded(5_000), oldLine: 1, newLine: 1, old: [], new: []), Self.added(5_001)]
        let (folding, html) = table(rows)
        #expect(html.contains("<a href=\"/diff/x?fold=no#n1\">") && html.contains("Show 5,000 unchanged lines"))
        #expect(folding.leftOut(of: rows) == 0)
        let unfolded = table(rows, folds: false).html
        #expect(unfolded.contains("5,000 unchanged lines, too many to show") && !unfolded.contains("<a href"))
    }

    @Test("a line that is cut says by how much", arguments: [DiffTable.Layout.unified, .split])
    func cutLine(layout: DiffTable.Layout) {
        let row = ComparedLine(
            .changed, oldLine: 1, newLine: 1, old: [WordSpan("a")], new: [WordSpan("b")], oldCut: 12_345, newCut: 7)
        let (_, html) = table([row], layout)
        #expect(html.contains("<del>a</del><span class=\"rest\">… 12,345 more bytes in this line</span>"))
        #expect(html.contains("<ins>b</ins><span class=\"rest\">… 7 more bytes in this line</span>"))
    }

    @Test("a changed line is two rows in one column, one row in two", arguments: [DiffTable.Layout.unified, .split])
    func changedLine(layout: DiffTable.Layout) {
        let row = ComparedLine(
            .changed, oldLine: 3, newLine: 4, old: [WordSpan("a "), WordSpan("<b>", isMarked: true)],
            new: [WordSpan("a "), WordSpan("c", isMarked: true)])
        let (_, html) = table([row], layout)
        let old = "<td role=\"cell\" class=\"t del\"><del>a <mark>&lt;b&gt;</mark></del></td>"
        let new = "<td role=\"cell\" class=\"t ins\"><ins>a <mark>c</mark></ins></td>"
        let expected =
            layout == .unified
            ? "<tr role=\"row\" class=\"del\" id=\"c1\">\(Self.number(3))\(Self.number(nil))\(old)</tr>"
                + "<tr role=\"row\" class=\"ins\">\(Self.number(nil))\(Self.number(4))\(new)</tr>"
            : "<tr role=\"row\" class=\"pair\" id=\"c1\">\(Self.number(3))\(old)\(Self.number(4))\(new)</tr>"
        #expect(html == "<tbody role=\"rowgroup\">\(expected)</tbody>")
    }

    private static func number(_ line: Int?) -> String {
        "<td role=\"cell\" class=\"n\"\(line.map { " data-n=\"\($0)\"" } ?? "")></td>"
    }
}

@Suite struct TextLinesTests {
    @Test(
        "a text becomes one list entry per line",
        arguments: [
            ("", 0, ""), ("a", 1, "<li>a\n"), ("a\n", 1, "<li>a\n"), ("a\n\n<b>\n", 3, "<li>a\n<li>\n<li>&lt;b&gt;\n"),
            ("\n", 1, "<li>\n"),
        ])
    func lines(text: String, count: Int, html: String) {
        let lines = TextLines(Array(text.utf8))
        #expect(lines.count == count)
        #expect(lines.markup.html == html)
        #expect(!lines.isCut)
    }

    @Test("a text beyond the limits is cut and says so")
    func cut() {
        let many = TextLines(Array(repeating: UInt8(ascii: "\n"), count: TextLines.mostLines + 5))
        #expect(many.shown == TextLines.mostLines)
        #expect(many.count == TextLines.mostLines + 5)
        let long = Array(repeating: UInt8(ascii: "x"), count: 100_000) + [UInt8(ascii: "\n")]
        let wide = TextLines(Array(repeating: long, count: 100).flatMap(\.self))
        #expect(wide.shown == 40)
        #expect(wide.count == 100)
    }

    @Test("a line beyond the limit is cut and says so")
    func cutLine() {
        let wide = TextLines(
            Array(repeating: UInt8(ascii: "x"), count: TextLines.mostLineBytes + 5) + Array("\ny".utf8))
        #expect(wide.markup.html.hasSuffix("x<span class=\"rest\">… 5 more bytes in this line</span>\n<li>y\n"))
        #expect(wide.count == 2 && !wide.isCut)
    }

    @Test("bytes that are not UTF-8 are shown as replacement characters")
    func notUTF8() {
        #expect(TextLines([0xFF, 0x41]).markup.html == "<li>\u{FFFD}A\n")
    }
}

import WebCore

/// The rows of a comparison as HTML, put together byte by byte: a comparison may have ten thousands of rows.
///
/// Unchanged runs are folded to `context` lines around each change. What is folded is in the page, hidden, as long as
/// the page stays small; beyond that its link asks for the page unfolded.
struct DiffTable {
    enum Layout: String, Hashable, Sendable {
        case unified, split
    }

    static let context = 3
    /// Folding fewer lines than this hides nothing worth hiding.
    static let smallestFold = 4
    static let mostHiddenLines = 2_000
    static let mostRows = 20_000
    /// Markup of all rows: marks and escapes may make text several times larger.
    static let mostBytes = 8_000_000

    let layout: Layout
    /// Where a fold's link leads when its lines are not in the page; its line number is appended. nil where folds stay
    /// closed.
    let unfoldedPath: String?
    let folds: Bool

    private(set) var html: [UInt8] = []
    private(set) var changes = 0
    /// Rows in the page or behind a fold's link.
    private(set) var shown = 0
    private var hiddenLines = 0

    init(rows: [ComparedLine], layout: Layout, folds: Bool, unfoldedPath: String?) {
        self.layout = layout
        self.folds = folds
        self.unfoldedPath = unfoldedPath
        html.reserveCapacity(min(rows.count * 64, Self.mostBytes))
        write(rows)
    }

    /// How many rows were left out at the end.
    func leftOut(of rows: [ComparedLine]) -> Int { rows.reduce(-shown) { $0 + $1.count } }

    private var isFull: Bool { html.count >= Self.mostBytes }

    private mutating func write(_ rows: [ComparedLine]) {
        html += "<tbody role=\"rowgroup\">".utf8
        var index = 0
        var room = Self.mostRows
        while index < rows.count, room > 0, !isFull {
            if case .folded(let lines) = rows[index].kind {
                writeFold(lines, from: rows[index].newLine ?? 1)
                shown += lines
                index += 1
                continue
            }
            let end = rows[index...].firstIndex { !$0.isLike(rows[index]) } ?? rows.count
            let run = rows[index..<min(end, index + room)]
            let before = shown
            if run.first?.kind == .same {
                writeSame(run, opens: index == 0, closes: end == rows.count)
            } else {
                writeChange(run)
            }
            room -= shown - before
            index = end
        }
        html += "</tbody>".utf8
    }

    private mutating func writeChange(_ run: ArraySlice<ComparedLine>) {
        changes += 1
        for (offset, row) in run.enumerated() where !isFull { write(row, anchor: offset == 0 ? changes : nil) }
    }

    /// Unchanged lines; `opens` and `closes` say that no change comes before or after.
    private mutating func writeSame(_ run: ArraySlice<ComparedLine>, opens: Bool, closes: Bool) {
        let head = opens ? 0 : Self.context
        let tail = closes ? 0 : Self.context
        guard folds, run.count >= head + tail + Self.smallestFold, !(opens && closes) else {
            for row in run { write(row) }
            return
        }
        let folded = run.dropFirst(head).dropLast(tail)
        for row in run.prefix(head) { write(row) }
        if unfoldedPath != nil, hiddenLines + folded.count <= Self.mostHiddenLines {
            hiddenLines += folded.count
            writeFold(folded.count, from: folded.first?.newLine ?? 1, hidden: folded)
        } else {
            writeFold(folded.count, from: folded.first?.newLine ?? 1)
            shown += folded.count
        }
        for row in run.suffix(tail) { write(row) }
    }

    private mutating func writeFold(_ count: Int, from line: Int, hidden: ArraySlice<ComparedLine> = []) {
        let columns = layout == .unified ? 3 : 4
        let lines = count == 1 ? "1 unchanged line" : "\(Counts.grouped(count)) unchanged lines"
        html +=
            "</tbody><tbody role=\"rowgroup\" class=\"fold\"><tr role=\"row\"><td role=\"cell\" colspan=\"\(columns)\">"
            .utf8
        if folds, let unfoldedPath {
            html += "<a href=\"".utf8
            HTMLEscaping.append(unfoldedPath.utf8, to: &html)
            html += "#n\(line)\"><svg aria-hidden=\"true\"><use href=\"#i-unfold\"/></svg>Show \(lines)</a>".utf8
        } else {
            html += "<span>\(lines)\(folds ? "" : ", too many to show")</span>".utf8
        }
        html += "</td></tr></tbody>".utf8
        if !hidden.isEmpty {
            html += "<tbody role=\"rowgroup\" hidden>".utf8
            for row in hidden { write(row) }
            html += "</tbody>".utf8
        }
        html += "<tbody role=\"rowgroup\">".utf8
    }

    private mutating func write(_ row: ComparedLine, anchor: Int? = nil) {
        guard !isFull else { return }
        shown += 1
        switch layout {
        case .unified: writeUnified(row, anchor)
        case .split: writeSplit(row, anchor)
        }
    }

    private mutating func writeUnified(_ row: ComparedLine, _ anchor: Int?) {
        switch row.kind {
        case .same:
            open("same", row, anchor)
            numbers(row.oldLine, row.newLine)
            text(row.new.isEmpty ? row.old : row.new, row.newCut, in: nil)
            html += "</tr>".utf8
        case .removed:
            writeRemoved(row, anchor)
        case .added:
            writeAdded(row, anchor)
        case .changed:
            writeRemoved(row, anchor)
            writeAdded(row, nil)
        case .folded(let lines):
            writeFold(lines, from: row.newLine ?? 1)
        }
    }

    private mutating func writeRemoved(_ row: ComparedLine, _ anchor: Int?) {
        open("del", row, anchor, named: false)
        numbers(row.oldLine, nil)
        text(row.old, row.oldCut, in: "del", moved: row.movedLine)
        html += "</tr>".utf8
    }

    private mutating func writeAdded(_ row: ComparedLine, _ anchor: Int?) {
        open("ins", row, anchor)
        numbers(nil, row.newLine)
        text(row.new, row.newCut, in: "ins", moved: row.movedLine)
        html += "</tr>".utf8
    }

    private mutating func writeSplit(_ row: ComparedLine, _ anchor: Int?) {
        open(row.kind == .same ? "same" : "pair", row, anchor)
        let isSame = row.kind == .same
        number(row.oldLine)
        if row.kind == .added {
            empty()
        } else {
            text(
                row.old.isEmpty ? row.new : row.old, isSame ? row.newCut : row.oldCut, in: isSame ? nil : "del",
                moved: row.movedLine)
        }
        number(row.newLine)
        if row.kind == .removed {
            empty()
        } else {
            text(row.new.isEmpty ? row.old : row.new, row.newCut, in: isSame ? nil : "ins", moved: row.movedLine)
        }
        html += "</tr>".utf8
    }

    /// Begins a row; a row with a new line carries its number as an anchor for folds' links, only where they can lead
    /// to it.
    private mutating func open(_ name: String, _ row: ComparedLine, _ anchor: Int?, named: Bool = true) {
        html += "<tr role=\"row\" class=\"\(name)\"".utf8
        if let anchor {
            html += " id=\"c\(anchor)\"".utf8
        } else if named, !folds, let line = row.newLine {
            html += " id=\"n\(line)\"".utf8
        }
        html.append(UInt8(ascii: ">"))
    }

    private mutating func numbers(_ old: Int?, _ new: Int?) {
        number(old)
        number(new)
    }

    /// The number is an attribute that the style sheet shows, so that copying lines copies no numbers.
    private mutating func number(_ line: Int?) {
        html += "<td role=\"cell\" class=\"n\"".utf8
        if let line { html += " data-n=\"\(line)\"".utf8 }
        html += "></td>".utf8
    }

    private mutating func empty() {
        html += "<td role=\"cell\" class=\"t none\"></td>".utf8
    }

    private mutating func text(_ spans: [WordSpan], _ cut: Int, in element: String?, moved line: Int? = nil) {
        html += "<td role=\"cell\" class=\"t\(element.map { " \($0)" } ?? "")\(line == nil ? "" : " moved")\">".utf8
        if let element { html += "<\(element)>".utf8 }
        for span in spans {
            if span.isMarked { html += "<mark>".utf8 }
            HTMLEscaping.append(span.text, to: &html)
            if span.isMarked { html += "</mark>".utf8 }
        }
        if let element { html += "</\(element)>".utf8 }
        if cut > 0 { html += Self.cutMark(cut).utf8 }
        if let line {
            let words = element == "del" ? "moved to line" : "moved from line"
            html += "<span class=\"move\">\(words) \(Counts.grouped(line))</span>".utf8
        }
        html += "</td>".utf8
    }

    /// Stands at the end of a line that is not shown whole.
    static func cutMark(_ bytes: Int) -> String {
        "<span class=\"rest\">… \(Counts.grouped(bytes)) more bytes in this line</span>"
    }
}

extension ComparedLine {
    /// Belongs to the same run: both are equal lines, or both are differences.
    fileprivate func isLike(_ other: ComparedLine) -> Bool {
        if case .folded = kind { return false }
        return (kind == .same) == (other.kind == .same)
    }
}

/// Writes a difference as people read it in mails, chats and terminals; formats and options are those of the
/// incumbent's API.
public struct DiffRendering: Hashable, Sendable {
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// With words before each line that differs.
        case text
        /// Escaped text with line breaks as `<br>`.
        case html
        /// As `html`, with colours in place of words.
        case htmlcolor
        /// A paragraph for each line, what went struck out and what came in bold, escaped.
        case markdown
        /// A patch that `patch -p0` takes: the unified format of diffutils, three lines of context.
        case patch
    }

    public var format = Format.text
    /// Shows a rewritten line once, with the words that differ marked.
    public var marksWords = false
    /// Leaves out what says which lines came and which went.
    public var hasMarkup = true
    public var showsSame = true
    public var showsRemoved = true
    public var showsAdded = true
    public var showsChanged = true
    /// So many rows are written, then how many are left out; a patch is written whole, since a part of one is none.
    public var mostRows = Int.max

    public init() {}

    /// What opens and closes each kind of part in a format.
    private struct Marks {
        var removed: (String, String)
        var added: (String, String)
        var changed: (String, String)
        var into: (String, String)
        /// A line that stands elsewhere on the other side; nil where a format has no mark for that.
        var moved: (String, String)?
        var lineEnd = "\n"
        var isHTML = false

        static let none = Marks(removed: ("", ""), added: ("", ""), changed: ("", ""), into: ("", ""))
        static let text = Marks(
            removed: ("(removed) ", ""), added: ("(added) ", ""), changed: ("(changed) ", ""), into: ("(into) ", ""))
        static let words = Marks(removed: ("[-", "-]"), added: ("{+", "+}"), changed: ("", ""), into: ("", ""))
        static let markdown = Marks(
            removed: ("~~", "~~"), added: ("**", "**"), changed: ("~~", "~~"), into: ("**", "**"))
        static let colour = Marks(
            removed: (#"<span style="background-color:#fbd9d3;color:#8a1f11" title="removed">"#, "</span>"),
            added: (#"<span style="background-color:#d6f2d3;color:#14532d" title="added">"#, "</span>"),
            changed: (#"<span style="background-color:#fbd9d3;color:#8a1f11" title="changed">"#, "</span>"),
            into: (#"<span style="background-color:#d6f2d3;color:#14532d" title="into">"#, "</span>"),
            moved: (#"<span style="background-color:#dbe7fb;color:#1e3a8a" title="moved">"#, "</span>"))
    }

    /// The difference as UTF-8.
    public func render(_ diff: LineDiff) -> [UInt8] {
        if format == .patch { return Self.patch(diff, context: 3) }
        var out: [UInt8] = []
        let marks = self.marks(isInLine: false), inline = self.marks(isInLine: true)
        var rows = diff.rows().filter(shows)[...]
        let leftOut = max(0, rows.count - mostRows)
        rows = rows.dropLast(leftOut)
        for row in rows {
            switch row.kind {
            case .same: line(diff.new[row.new], ("", ""), marks, into: &out)
            case .removed:
                line(diff.old[row.old], row.isMoved ? marks.moved ?? marks.removed : marks.removed, marks, into: &out)
            case .added:
                line(diff.new[row.new], row.isMoved ? marks.moved ?? marks.added : marks.added, marks, into: &out)
            case .changed:
                if marksWords {
                    words(row, diff, inline, into: &out)
                } else {
                    line(diff.old[row.old], marks.changed, marks, into: &out)
                    line(diff.new[row.new], marks.into, marks, into: &out)
                }
            }
        }
        if leftOut > 0 { line(Array("(\(leftOut) more rows are not shown)".utf8)[...], ("", ""), marks, into: &out) }
        return out
    }

    private func shows(_ row: DiffRow) -> Bool {
        switch row.kind {
        case .same: showsSame
        case .removed: showsRemoved
        case .added: showsAdded
        case .changed: showsChanged
        }
    }

    private func marks(isInLine: Bool) -> Marks {
        var marks: Marks
        switch format {
        case _ where !hasMarkup: marks = .none
        case .text, .patch: marks = isInLine ? .words : .text
        case .html: marks = isInLine ? .words : .text
        case .htmlcolor: marks = .colour
        case .markdown: marks = .markdown
        }
        if format == .markdown { marks.lineEnd = MarkdownText.lineEnd }
        if format == .html || format == .htmlcolor {
            marks.isHTML = true
            marks.lineEnd = "<br>\n"
        }
        return marks
    }

    private func line(_ text: ArraySlice<UInt8>, _ mark: (String, String), _ marks: Marks, into out: inout [UInt8]) {
        if !out.isEmpty { out += marks.lineEnd.utf8 }
        let start = out.count
        part(text, mark, marks, into: &out)
        if format == .markdown { MarkdownText.closeLine(from: start, in: &out) }
    }

    private func part(_ text: ArraySlice<UInt8>, _ mark: (String, String), _ marks: Marks, into out: inout [UInt8]) {
        if format == .markdown { return MarkdownText.append(text, between: mark, into: &out) }
        out += mark.0.utf8
        if marks.isHTML { Self.escape(text, into: &out) } else { out += text }
        out += mark.1.utf8
    }

    /// The new line with what went and what came in place.
    private func words(_ row: DiffRow, _ diff: LineDiff, _ marks: Marks, into out: inout [UInt8]) {
        if !out.isEmpty { out += marks.lineEnd.utf8 }
        let start = out.count
        defer { if format == .markdown { MarkdownText.closeLine(from: start, in: &out) } }
        var old = row.oldWords[...]
        for word in row.newWords {
            if !word.isMarked {
                // What went before the next common part.
                while let first = old.first, first.isMarked {
                    part(diff.old[first.range], marks.removed, marks, into: &out)
                    old = old.dropFirst()
                }
                old = old.dropFirst()
                part(diff.new[word.range], ("", ""), marks, into: &out)
            } else {
                while let first = old.first, first.isMarked {
                    part(diff.old[first.range], marks.removed, marks, into: &out)
                    old = old.dropFirst()
                }
                part(diff.new[word.range], marks.added, marks, into: &out)
            }
        }
        for rest in old where rest.isMarked { part(diff.old[rest.range], marks.removed, marks, into: &out) }
    }

    private static func escape(_ text: ArraySlice<UInt8>, into out: inout [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            default: out.append(byte)
            }
        }
    }

    // MARK: Patches

    /// The unified format: hunks with `context` lines around them, neighbours that touch joined.
    static func patch(_ diff: LineDiff, context: Int) -> [UInt8] {
        guard !diff.isEmpty else { return [] }
        var out = Array("--- previous\n+++ current\n".utf8)
        let steps = Self.steps(diff)
        var index = 0
        while let first = steps[index...].firstIndex(where: { $0.sign != 0x20 }) {
            var last = first
            while let next = steps[(last + 1)...].firstIndex(where: { $0.sign != 0x20 }), next - last <= 2 * context {
                last = next
            }
            let range = max(index, first - context)..<min(steps.count, last + context + 1)
            hunk(steps[range], diff, into: &out)
            index = range.upperBound
            guard index < steps.count else { break }
        }
        return out
    }

    /// One line of a patch: a blank, `-` or `+`, and the lines' numbers on both sides from 0.
    private struct PatchLine {
        let sign: UInt8
        let old: Int
        let new: Int
    }

    private static func steps(_ diff: LineDiff) -> [PatchLine] {
        var steps: [PatchLine] = []
        var (old, new) = (0, 0)
        // A text without any line has one empty line by count, which a patch does not know.
        let (oldCount, newCount) = (diff.old.isEmpty ? 0 : diff.removed.count, diff.new.isEmpty ? 0 : diff.added.count)
        while old < oldCount || new < newCount {
            if old < oldCount, diff.removed[old] || new >= newCount {
                steps.append(PatchLine(sign: UInt8(ascii: "-"), old: old, new: new))
                old += 1
            } else if new < newCount, diff.added[new] || old >= oldCount {
                steps.append(PatchLine(sign: UInt8(ascii: "+"), old: old, new: new))
                new += 1
            } else {
                // A last line has no line end: where only one side ends here, a patch shows the line as rewritten.
                if (old == oldCount - 1) == (new == newCount - 1) {
                    steps.append(PatchLine(sign: 0x20, old: old, new: new))
                } else {
                    steps.append(PatchLine(sign: UInt8(ascii: "-"), old: old, new: new))
                    steps.append(PatchLine(sign: UInt8(ascii: "+"), old: old, new: new))
                }
                old += 1
                new += 1
            }
        }
        return steps
    }

    private static func hunk(_ lines: ArraySlice<PatchLine>, _ diff: LineDiff, into out: inout [UInt8]) {
        guard let first = lines.first else { return }
        let oldCount = lines.count { $0.sign != UInt8(ascii: "+") },
            newCount = lines.count { $0.sign != UInt8(ascii: "-") }
        // Where a side has no line the number is that of the line before.
        let oldStart = first.old + (oldCount > 0 ? 1 : 0), newStart = first.new + (newCount > 0 ? 1 : 0)
        out += "@@ -\(oldStart),\(oldCount) +\(newStart),\(newCount) @@\n".utf8
        for line in lines {
            let isOld = line.sign != UInt8(ascii: "+")
            let number = isOld ? line.old : line.new
            let count = isOld ? diff.removed.count : diff.added.count
            out.append(line.sign)
            out += isOld ? diff.old[diff.oldLines.range(number)] : diff.new[diff.newLines.range(number)]
            out.append(.lineEnd)
            if line.sign == 0x20 {
                let endsBoth = line.old == diff.removed.count - 1 && line.new == diff.added.count - 1
                if endsBoth { out += "\\ No newline at end of file\n".utf8 }
            } else if number == count - 1 {
                out += "\\ No newline at end of file\n".utf8
            }
        }
    }
}

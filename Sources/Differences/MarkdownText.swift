/// Writes a page's text so that Markdown shows it as it is, and nothing of it becomes markup or HTML (CommonMark 0.31,
/// 2.4: any punctuation of ASCII may stand behind a backslash).
enum MarkdownText {
    /// What parts two lines: each is a paragraph of its own, since lines in a row would flow into one.
    static let lineEnd = "\n\n"

    /// Appends a piece of a line between marks such as `**`.
    ///
    /// Blanks stay outside, since a mark beside one inside marks nothing (6.2); around nothing the two marks would be a
    /// mark of their own.
    static func append(_ text: ArraySlice<UInt8>, between mark: (String, String), into out: inout [UInt8]) {
        guard let first = text.firstIndex(where: { !$0.isBlank }),
            let last = text.lastIndex(where: { !$0.isBlank })
        else {
            out += text
            return
        }
        out += text[..<first]
        out += mark.0.utf8
        escape(text[first...last], into: &out)
        out += mark.1.utf8
        out += text[(last + 1)...]
    }

    /// Takes from the line that begins at `start` and ends `out` what makes it a block of its own kind: indentation
    /// (code), a heading's or a list's mark, a rule.
    static func closeLine(from start: Int, in out: inout [UInt8]) {
        let blanks = out[start...].prefix { $0.isBlank }.count
        out.removeSubrange(start..<start + blanks)
        guard start < out.count else { return }
        // What follows a list's mark is a blank: `-5` and `1.5` are no lists.
        func isList(_ place: Int) -> Bool { place + 1 == out.count || out[place + 1].isBlank }
        switch out[start] {
        case UInt8(ascii: "#"): out.insert(backslash, at: start)
        case UInt8(ascii: "-") where isList(start) || out[start + 1] == UInt8(ascii: "-"):
            out.insert(backslash, at: start)
        case UInt8(ascii: "+") where isList(start): out.insert(backslash, at: start)
        default:
            let mark = start + out[start...].prefix { $0.isDigit }.count
            guard mark > start, mark < out.count, ".)".utf8.contains(out[mark]), isList(mark) else { return }
            out.insert(backslash, at: mark)
        }
    }

    private static let backslash = UInt8(ascii: "\\")

    private static func escape(_ text: ArraySlice<UInt8>, into out: inout [UInt8]) {
        for (place, byte) in zip(text.indices, text) {
            switch byte {
            case backslash, UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "["),
                UInt8(ascii: "]"),
                UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "~"), UInt8(ascii: "|"):
                out.append(backslash)
            // GitHub's Markdown makes a link of an address, backslashes included.
            case UInt8(ascii: ":") where text[(place + 1)...].starts(with: "//".utf8): out.append(backslash)
            default: break
            }
            out.append(byte)
        }
    }
}

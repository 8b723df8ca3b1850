import TestSupport

/// Writes well-formed pages at random: nested blocks, lists, tables, inline elements and text in several scripts.
struct GeneratedPage {
    /// What is put into start tags beside their name; tests vary it.
    var noise: () -> String = { "" }
    var random: SeededGenerator

    private static let words = [
        "alpha", "Größe", "日本", "x", "&amp;", "5&nbsp;&euro;", "a  b", "привет", "&lt;p&gt;", "two\nlines",
    ]
    private static let inline = ["b", "i", "span", "em", "a", "code", "my-tag"]
    private static let blocks = ["div", "p", "h2", "section", "blockquote", "pre", "form"]

    mutating func page() -> String {
        "<!doctype html><html><head><title>\(text())</title></head><body\(noise())>\(content(depth: 0))</body></html>"
    }

    private mutating func text() -> String {
        let words = (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in
            Self.words.randomElement(using: &random)
        }
        return words.joined(separator: " ")
    }

    private mutating func content(depth: Int) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in piece(depth: depth) }.joined(separator: " ")
    }

    private mutating func piece(depth: Int) -> String {
        if depth > 5 { return text() }
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: return text()
        case 3, 4: return element(Self.inline.randomElement(using: &random) ?? "b", phrase())
        case 5: return element("p", phrase())
        case 6, 7:
            let name = Self.blocks.randomElement(using: &random) ?? "div"
            let holdsText = ["p", "h2", "pre"].contains(name)
            return element(name, holdsText ? phrase() : content(depth: depth + 1))
        case 8:
            let items = (0..<Int.random(in: 0...3, using: &random)).map { _ in element("li", content(depth: depth + 1))
            }
            return element(Bool.random(using: &random) ? "ul" : "ol", items.joined(separator: "\n"))
        case 9: return element("table", rows(depth: depth + 1))
        case 10:
            return ["<br>", "<hr>", "<img>", "<!-- no -->", "<script>var a = '<p>'</script>"].randomElement(
                using: &random) ?? ""
        default: return "<div hidden\(noise())>\(content(depth: depth + 1))</div>"
        }
    }

    private mutating func phrase() -> String {
        text() + element(Self.inline.randomElement(using: &random) ?? "b", text()) + text()
    }

    private mutating func rows(depth: Int) -> String {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            element(
                "tr",
                (0..<Int.random(in: 1...3, using: &random)).map { _ in element("td", content(depth: depth)) }.joined())
        }.joined(separator: "\n")
    }

    private mutating func element(_ name: String, _ content: String) -> String {
        "<\(name)\(noise())>\(content)</\(name)>"
    }
}

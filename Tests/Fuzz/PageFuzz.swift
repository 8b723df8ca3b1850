import Differences
import Domain

@testable import Detection

/// What a hostile page reaches only through filters or a processor of its own: the tree and its copy in libxml2's form,
/// JSON inside of pages, the headers of pictures, prices.
///
/// More is looked for than crashes: what stands in a result must have stood in what came.
enum PageFuzz {
    /// The most nodes are few, so that the limit is met too.
    static var limits: DetectionLimits {
        var limits = DetectionLimits()
        limits.selectorSteps = 200_000
        limits.treeNodes = 20_000
        limits.matchedBytes = 4 << 20
        return limits
    }

    private static let filters: [(include: [String], subtract: [String])] = [
        (["//*"], []), (["xpath1://*"], []), (["*"], []), ([], ["*"]), ([], ["nothing-is-called-this"]),
        (["//text()|//@*|//comment()"], []), (["xpath1://text()"], []), (["xpath1://@*"], []),
        (["xpath1://*[local-name()='a']/ancestor::*", "//b/following::*"], []), (["//*[contains(., 'a')]"], []),
        (["* > *", "*:not(p) + *", "[a]", "xpath1://*[@*]"], ["*:empty"]), (["*:has(*)", "xpath1://*"], ["//a", "p"]),
        (["xpath1:string(//*)", "//*/string()"], []), (["xpath1:/", "/*"], ["xpath1://*[2]"]),
    ]

    /// Hostile markup below filters; the first byte chooses them and whether it is HTML, XML, a feed or asked for as
    /// source.
    static func tree(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let body = Array(bytes.dropFirst())
        let choice = filters[Int(first >> 3) % filters.count]
        var settings = DetectionSettings()
        settings.includeFilters = choice.include
        settings.subtractiveSelectors = choice.subtract
        settings.renderAnchorTagContent = first & 4 != 0
        settings.isSource = first & 3 == 3
        let type = ["text/html", "application/xml", "application/rss+xml", "text/html"][Int(first & 3)]
        let filtered = text(of: body, type, settings)
        // A selector that finds nothing makes a page go through the tree, and must leave its text as it is without one.
        guard choice.subtract == ["nothing-is-called-this"], type == "text/html", let filtered else { return }
        settings.subtractiveSelectors = []
        precondition(text(of: body, type, settings) == filtered, "the tree's text is the page's")
    }

    /// JSON in the scripts of a page; the first byte chooses whether it is HTML, a script or a body called JSON, and
    /// what is asked for.
    static func script(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        var settings = DetectionSettings()
        settings.includeFilters =
            ["json:$..*", "json:$", "json:$[0]", "json:$..[?(@.a>1)]"][Int(first >> 2 & 3)...].prefix(2) + []
        let type = ["text/html", "application/javascript", "application/json", "text/plain"][Int(first & 3)]
        _ = text(of: Array(bytes.dropFirst()), type, settings)
    }

    private static func text(of body: [UInt8], _ type: String, _ settings: DetectionSettings) -> [UInt8]? {
        let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: body)
        if StreamKind.isPDF(page) { return nil }
        let verdict = try? TextProcessor(limits: limits).verdict(on: page, settings: settings, previous: .init())
        guard case .changed(let text) = verdict?.decision else { return nil }
        return text
    }

    /// The headers of pictures, which are read before any decoder is asked.
    static func pictureSize(_ bytes: [UInt8]) {
        for format in PictureFormat.allCases {
            let pixels = PictureSize.pixels(of: bytes, as: format)
            precondition(pixels.map { $0 >= 0 } ?? true, "no picture has less than nothing")
        }
        _ = PictureFormat(bytes)?.isWhole(bytes)
    }

    /// Amounts of money in a text, with and without a currency of a thousand parts.
    static func price(_ bytes: [UInt8]) {
        for currency in [nil, "EUR", "KWD"] {
            let number = PriceText.firstNumber(in: bytes, currency: currency)
            precondition(number.map(\.isFinite) ?? true, "an amount is a number")
        }
        _ = PriceText.currency(in: String(decoding: bytes, as: UTF8.self))
    }

    /// Two texts, parted by a zero, of which only some kinds of difference count; the first byte says which.
    static func kinds(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let texts = bytes.dropFirst()
        let half = texts.firstIndex(of: 0) ?? texts.startIndex
        let (old, new) = (Array(texts[..<half]), Array(texts[half...].dropFirst()))
        let filter = KindFilter(added: first & 1 != 0, removed: first & 2 != 0, replaced: first & 4 != 0)
        let lines = filter.lines(from: old, to: new, ignoresWhitespace: first & 8 != 0)
        let newline = UInt8(ascii: "\n")
        let known = Set((old + [newline] + new).split(separator: newline))
        precondition(lines.split(separator: newline).allSatisfy(known.contains), "only lines of the texts are shown")
        if !filter.added, !filter.removed, !filter.replaced {
            precondition(lines.isEmpty, "who wants nothing gets nothing")
        }
        if old == new { precondition(lines.isEmpty, "what is the same does not differ") }
    }

    /// The search of a jq filter for names that are refused; jq itself is another program, and not ours to fuzz.
    static func jq(_ text: String) {
        guard let filter = try? JQFilter(text, isRaw: false) else { return }
        precondition(filter.source == text, "a filter is run as it was looked at")
        // Where no text and no comment hides anything, a word that reads files is always found.
        guard !text.utf8.contains(where: { "\"#".utf8.contains($0) }) else { return }
        for word in ["env", "input", "halt"] {
            precondition((try? JQFilter(text + " | " + word, isRaw: false)) == nil, "'\(word)' is refused")
        }
    }
}

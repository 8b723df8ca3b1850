import Differences
import Domain

/// A page's text before any step, and what was learned on the way.
struct PageReading {
    var text: [UInt8]
    var title: String?
    var kind: StreamKind
    /// An HTML page gives a price for machines; nil when nobody has looked.
    var hasPriceData: Bool?

    /// Charset to UTF-8, kind of stream, filters, then text; and on the way whether there is a price for machines.
    static func read(
        _ page: FetchedPage, _ rules: CompiledRules, _ limits: DetectionLimits, _ trace: Trace
    ) throws(CheckFailure) -> PageReading {
        trace.begin(.read)
        guard page.body.count <= limits.pageBytes else { throw CheckFailure(.tooLarge, "\(limits.pageBytes)") }
        if StreamKind.isPDF(page) {
            let text = try PDFText.read(page.body, for: limits.purpose)
            trace.end(after: Trace.lines(text), note: "as a PDF")
            if rules.include.isEmpty { return PageReading(text: text, kind: .plain) }
            trace.begin(.included)
            trace.note(rules.include.map { TraceRule($0.rule) })
            throw rules.noMatch(hasJSON: false)
        }
        if StreamKind.claimsPDF(page) {
            throw CheckFailure(.unreadable, "the server says it is a PDF, but it is not")
        }
        let bytes = Charset.utf8(page.body, contentType: page.contentType)
        let kind = StreamKind.of(contentType: page.contentType, bytes, rawStart: page.body.prefix(8))
        if case .binary(let name) = kind { throw CheckFailure(.unreadable, "it is not text but \(name)") }
        var reading = try read(bytes, kind, rules, limits, trace)
        if kind == .html { reading.hasPriceData = PriceHint.isIn(bytes) }
        return reading
    }

    private static func read(
        _ bytes: ArraySlice<UInt8>, _ kind: StreamKind, _ rules: CompiledRules, _ limits: DetectionLimits,
        _ trace: Trace
    ) throws(CheckFailure) -> PageReading {
        guard rules.include.isEmpty, rules.subtract.isEmpty else {
            if let reading = try JSONReading.read(bytes, kind, rules, limits, trace) { return reading }
            // Elements are a thing of HTML and XML; a JSON body has none, and what is called plain text is often HTML.
            if kind == .json, !rules.include.isEmpty {
                trace.end(note: "as JSON")
                trace.begin(.included)
                trace.note(rules.include.map { TraceRule($0.rule) })
                throw rules.noMatch(hasJSON: false)
            }
            if kind == .json || (kind == .plain && rules.include.isEmpty) {
                return try told(whole(bytes, kind, rules, limits), trace)
            }
            return try FilteredReading.read(bytes, kind, rules, limits, trace)
        }
        return try told(whole(bytes, kind, rules, limits), trace)
    }

    private static func told(_ reading: PageReading, _ trace: Trace) -> PageReading {
        trace.end(after: Trace.lines(reading.text), note: reading.kind.words)
        return reading
    }

    /// The text of a page without filters.
    private static func whole(
        _ bytes: ArraySlice<UInt8>, _ kind: StreamKind, _ rules: CompiledRules, _ limits: DetectionLimits
    ) throws(CheckFailure) -> PageReading {
        if kind == .json {
            return PageReading(text: try JSONLayout.pretty(Array(bytes)) ?? Lines.normalized(bytes), kind: kind)
        }
        if kind == .html {
            let html = HTMLText.render(bytes, rendersLinks: rules.settings.renderAnchorTagContent)
            let text = rules.settings.isSource ? Lines.normalized(bytes) : html.text
            return PageReading(text: text, title: html.title, kind: kind)
        }
        if kind == .feed, !rules.settings.isSource {
            let read =
                rules.settings.rssReaderMode
                ? FeedReader.render(bytes, limit: limits.treeNodes) : FeedText.render(bytes, limit: limits.treeNodes)
            guard let text = read else { throw limits.tooManyNodes }
            return PageReading(text: text, kind: kind)
        }
        return PageReading(text: Lines.normalized(bytes), kind: kind)
    }
}

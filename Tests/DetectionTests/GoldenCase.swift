import Detection
import Domain
import Foundation
import Testing

/// One folder of `Golden/<rule>/<name>`: a page, perhaps settings, and the text or the failure that must come of it.
///
/// Later versions of the page are `page.2.html`, `page.3.html` …, checked one after the other as one watch's; each that
/// has a text of its own has it in `expected.2.txt` and so on.
struct GoldenCase: CustomTestStringConvertible, Sendable {
    let folder: URL
    var testDescription: String { folder.pathComponents.suffix(2).joined(separator: "/") }

    static let all: [GoldenCase] = {
        guard let root = Bundle.module.resourceURL?.appendingPathComponent("Golden"),
            let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        else { return [] }
        return files.compactMap { $0 as? URL }
            .filter { $0.deletingPathExtension().lastPathComponent == "page" }
            .map { GoldenCase($0.deletingLastPathComponent().standardizedFileURL) }
            .sorted { $0.folder.path < $1.folder.path }
    }()

    /// What `settings.json` may say besides a watch's own fields.
    struct Extras: Decodable {
        var contentType: String?
        var url: String?
        var ignoresWhitespace: Bool?
        var rendersLinks: Bool?
        var emptyPagesAreAChange: Bool?
        var globalIgnoreText: [String]?
        var globalSubtractiveSelectors: [String]?
        var rssReaderMode: Bool?
        /// `blocked` when the expected text is held back.
        var decision: String?
        /// What is decided about each version, where there are several: `changed`, `same`, `blocked` or `failure`.
        var decisions: [String]?
        /// The page's title, where it matters.
        var title: String?

        enum CodingKeys: String, CodingKey {
            case contentType = "content_type"
            case url
            case ignoresWhitespace = "ignore_whitespace"
            case rendersLinks = "render_anchor_tag_content"
            case emptyPagesAreAChange = "empty_pages_are_a_change"
            case globalIgnoreText = "global_ignore_text"
            case globalSubtractiveSelectors = "global_subtractive_selectors"
            case rssReaderMode = "rss_reader_mode"
            case decision, decisions, title
        }
    }

    /// What came of one version of the page, or should.
    struct Step: Hashable {
        var decision: String
        /// The text, `failure: <code>`, or nil when there is none of its own.
        var text: String?
    }

    private let types = [
        "html": "text/html", "json": "application/json", "xml": "application/xml", "txt": "text/plain",
    ]

    init(_ folder: URL) { self.folder = folder }

    /// What should come of each version, what does, and the title of the last.
    func run() throws -> (expected: [Step], result: [Step], wantedTitle: String?, title: String?) {
        let json = (try? Data(contentsOf: folder.appendingPathComponent("settings.json"))) ?? Data("{}".utf8)
        let extras = try JSONDecoder().decode(Extras.self, from: json)
        let settings = try settings(json, extras)
        let pages = try pages()
        var watched = WatchedPage(settings: settings)
        var expected: [Step] = []
        var result: [Step] = []
        for (index, page) in pages.enumerated() {
            let text = try text(index + 1)
            let isFailure = text?.hasPrefix("failure: ") == true
            let decision = extras.decisions?[index] ?? extras.decision ?? (isFailure ? "failure" : "changed")
            expected.append(Step(decision: decision, text: text))
            let fetched = FetchedPage(
                status: 200, finalURL: "https://example.org/",
                contentType: extras.contentType ?? types[page.pathExtension], body: Array(try Data(contentsOf: page)))
            do {
                let (decision, text) = try watched.check(fetched)
                result.append(Step(decision: decision, text: text))
            } catch {
                result.append(Step(decision: "failure", text: "failure: \(error.code.rawValue)"))
            }
        }
        return (expected, result, extras.title, watched.title)
    }

    private func settings(_ json: Data, _ extras: Extras) throws -> DetectionSettings {
        let watch = try JSONDecoder().decode(WatchSettings.self, from: json)
        var settings = Settings()
        settings.ignoreWhitespace = extras.ignoresWhitespace ?? settings.ignoreWhitespace
        settings.renderAnchorTagContent = extras.rendersLinks ?? false
        settings.emptyPagesAreAChange = extras.emptyPagesAreAChange ?? false
        settings.rssReaderMode = extras.rssReaderMode ?? false
        settings.ignoreText = extras.globalIgnoreText ?? []
        settings.subtractiveSelectors = extras.globalSubtractiveSelectors ?? []
        return DetectionSettings(watch: watch, settings: settings, url: extras.url ?? "https://example.org/")
    }

    /// `page.html`, then `page.2.html` and so on.
    private func pages() throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        var pages: [URL] = []
        while true {
            let name = pages.isEmpty ? "page" : "page.\(pages.count + 1)"
            guard let page = files.first(where: { $0.deletingPathExtension().lastPathComponent == name }) else { break }
            pages.append(page)
        }
        try #require(pages.count == files.count { $0.lastPathComponent.hasPrefix("page") })
        return pages
    }

    /// The files end with a line end, as text files do.
    private func text(_ version: Int) throws -> String? {
        let name = version == 1 ? "expected.txt" : "expected.\(version).txt"
        let file = folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

/// One watch from check to check, with what the recorder would keep of each.
struct WatchedPage {
    let settings: DetectionSettings
    private(set) var title: String?
    private var previous = PreviousCheck()
    private let processor = TextProcessor()

    init(settings: DetectionSettings) { self.settings = settings }

    /// What is decided, and the text to keep if there is one.
    mutating func check(_ page: FetchedPage) throws(CheckFailure) -> (decision: String, text: String?) {
        let verdict = try processor.verdict(on: page, settings: settings, previous: previous)
        let isFirst = previous.snapshotText == nil
        previous.pageChecksum = verdict.pageChecksum
        previous.textChecksum = verdict.textChecksum ?? previous.textChecksum
        previous.lastText = verdict.lastText ?? previous.lastText
        title = verdict.title
        switch verdict.decision {
        case .sameBytes, .sameText: return ("same", nil)
        case .changed(let text):
            previous.snapshotText = text
            return ("changed", String(decoding: text, as: UTF8.self))
        case .blocked(let text):
            if isFirst { previous.snapshotText = text }
            // Nothing is kept of a later one.
            return ("blocked", isFirst ? String(decoding: text, as: UTF8.self) : nil)
        }
    }
}

extension Verdict {
    var text: [UInt8]? {
        switch decision {
        case .changed(let text), .blocked(let text): text
        case .sameBytes, .sameText: nil
        }
    }

    var isBlocked: Bool { if case .blocked = decision { true } else { false } }
}

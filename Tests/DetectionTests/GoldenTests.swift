import Detection
import Domain
import Foundation
import Testing

/// One folder of `Golden/<rule>/<name>`: a page, perhaps settings, and the text or the failure that must come of it.
struct GoldenCase: CustomTestStringConvertible, Sendable {
    let folder: URL
    var testDescription: String { folder.pathComponents.suffix(2).joined(separator: "/") }

    static let all: [GoldenCase] = {
        guard let root = Bundle.module.resourceURL?.appendingPathComponent("Golden"),
            let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        else { return [] }
        return files.compactMap { $0 as? URL }.filter { $0.lastPathComponent == "expected.txt" }
            .map { GoldenCase(folder: $0.deletingLastPathComponent().standardizedFileURL) }
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
            case decision, title
        }
    }

    func run() throws -> (expected: String, result: String, wanted: Extras, verdict: Verdict?) {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let page = try #require(files.first { $0.deletingPathExtension().lastPathComponent == "page" })
        let settingsFile = folder.appendingPathComponent("settings.json")
        let json = (try? Data(contentsOf: settingsFile)) ?? Data("{}".utf8)
        let watch = try JSONDecoder().decode(WatchSettings.self, from: json)
        let extras = try JSONDecoder().decode(Extras.self, from: json)
        var settings = Settings()
        settings.ignoreWhitespace = extras.ignoresWhitespace ?? settings.ignoreWhitespace
        settings.renderAnchorTagContent = extras.rendersLinks ?? false
        settings.emptyPagesAreAChange = extras.emptyPagesAreAChange ?? false
        settings.rssReaderMode = extras.rssReaderMode ?? false
        settings.globalIgnoreText = extras.globalIgnoreText ?? []
        settings.globalSubtractiveSelectors = extras.globalSubtractiveSelectors ?? []
        let types = ["html": "text/html", "json": "application/json", "xml": "application/xml", "txt": "text/plain"]
        let fetched = FetchedPage(
            status: 200, finalURL: "https://example.org/",
            contentType: extras.contentType ?? types[page.pathExtension],
            body: Array(try Data(contentsOf: page)))
        let merged = DetectionSettings(watch: watch, settings: settings, url: extras.url ?? "https://example.org/")
        let expected = String(
            decoding: try Data(contentsOf: folder.appendingPathComponent("expected.txt")), as: UTF8.self)
        do {
            let verdict = try TextProcessor().verdict(on: fetched, settings: merged, previous: PreviousCheck())
            return (expected, verdict.text.map { String(decoding: $0, as: UTF8.self) } ?? "", extras, verdict)
        } catch {
            return (expected, "failure: \(error.code.rawValue)", extras, nil)
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

@Suite("Golden cases")
struct GoldenTests {
    @Test("there are at least three hundred cases")
    func enough() {
        #expect(GoldenCase.all.count >= 300)
    }

    @Test("a page gives the expected text", arguments: GoldenCase.all)
    func golden(_ golden: GoldenCase) throws {
        let (expected, result, wanted, verdict) = try golden.run()
        // The files end with a line end, as text files do.
        #expect(result == (expected.hasSuffix("\n") ? String(expected.dropLast()) : expected))
        #expect(verdict?.isBlocked ?? false == (wanted.decision == "blocked"))
        if let title = wanted.title { #expect(verdict?.title == title) }
    }
}

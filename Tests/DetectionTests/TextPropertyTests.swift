import Domain
import TestSupport
import Testing

@testable import Detection

@Suite("Text of any page")
struct TextPropertyTests {
    @Test("a page read through a tree has the same text as without one")
    func treeEqualsTokenizer() {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<250 {
            let page = Array(GeneratedPage(random: SeededGenerator(seed: random.next())).generated().utf8)
            let links = Bool.random(using: &random)
            let direct = HTMLText.render(page[...], rendersLinks: links)
            let viaTree = MarkupTree.with(page[...], as: .html, limit: 1_000_000) { tree in
                var text = TreeText(tree, rendersLinks: links)
                defer { text.free() }
                text.addDocument()
                return (text.text, tree.title)
            }
            #expect(viaTree?.0 == direct.text, "seed \(runSeed): \(String(decoding: page, as: UTF8.self))")
            #expect(viaTree?.1 == direct.title, "seed \(runSeed)")
        }
    }

    @Test("the text does not depend on attributes that mean nothing")
    func attributeNoise() {
        var random = SeededGenerator(seed: runSeed)
        let noises = [
            " class='a b'", " data-x=\"<p>\"", " style='color:red'", " title=\"a > b\"", " x",
            " onclick='f(\"</div>\")'", " \n\tid=q ",
        ]
        for _ in 0..<250 {
            let seed = random.next()
            let plain = Array(GeneratedPage(random: SeededGenerator(seed: seed)).generated().utf8)
            var page = GeneratedPage(random: SeededGenerator(seed: seed))
            var place = 0
            page.noise = {
                place += 1
                return noises[place % noises.count]
            }
            let noisy = Array(page.generated().utf8)
            let text = HTMLText.render(plain[...], rendersLinks: false).text
            #expect(HTMLText.render(noisy[...], rendersLinks: false).text == text, "seed \(runSeed)")
        }
    }

    @Test("ten thousand broken pages are read without a trap, and give UTF-8")
    func mutations() throws {
        var random = SeededGenerator(seed: runSeed)
        let processor = TextProcessor()
        var settings = DetectionSettings()
        let pieces = [
            "<", ">", "</", "<!--", "-->", "&", "&#", "\"", "'", "<script>", "</p>", "<table>", "<svg>", "<title>",
            "\0", "]]>", "<![CDATA[",
        ]
        for round in 0..<10_000 {
            var page = Array(GeneratedPage(random: SeededGenerator(seed: random.next())).generated().utf8.prefix(400))
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let place = Int.random(in: 0...page.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: page.insert(UInt8.random(in: 0...255, using: &random), at: place)
                case 1: page.removeSubrange(place..<min(page.count, place + Int.random(in: 0...20, using: &random)))
                case 2: page.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
                default: if place < page.count { page[place] ^= 1 << UInt8.random(in: 0...7, using: &random) }
                }
            }
            settings.includeFilters =
                round % 3 == 1 ? ["p, td:nth-child(2) b, div:has(> i)"] : round % 3 == 2 ? ["//p | //td//text()"] : []
            settings.renderAnchorTagContent = round % 2 == 0
            let type = ["text/html", "application/xml", "application/rss+xml", nil][round % 4]
            let fetched = FetchedPage(status: 200, finalURL: "", contentType: type, body: page)
            do {
                let verdict = try processor.verdict(on: fetched, settings: settings, previous: PreviousCheck())
                let isUTF8 = (verdict.text ?? []).withUnsafeBufferPointer(UTF8Check.isValid)
                #expect(isUTF8, "seed \(runSeed), round \(round)")
            } catch {
                let expected: Set<CheckFailure.Code> = [.noText, .noFilterMatch, .unreadable]
                #expect(expected.contains(error.code), "seed \(runSeed), round \(round): \(error)")
            }
        }
    }
}

extension GeneratedPage {
    /// A page made by a copy, so that the seed is used once.
    func generated() -> String {
        var copy = self
        return copy.page()
    }
}

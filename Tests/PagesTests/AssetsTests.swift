import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct AssetsTests {
    @Test("every asset that a template names is there, with a version in its address")
    func named() throws {
        let renderer = try Samples.renderer(base: "/sub")
        for path in [
            "css/app.css", "js/page.js", "js/live.js", "js/list.js", "js/theme.js", "js/watch.js", "js/diff.js",
            "icons/favicon.svg", "icons/favicon-unread.svg",
        ] {
            let asset = try #require(renderer.assets[path])
            #expect(!asset.bytes.isEmpty)
            #expect(renderer.assets.url(path).hasPrefix("/sub/assets/\(path)?v="))
            #expect(asset.etag.hasPrefix("\"") && asset.etag.hasSuffix("\"") && asset.etag.count > 8)
        }
        #expect(renderer.assets["css/app.css"]?.contentType == "text/css; charset=utf-8")
        #expect(renderer.assets["../layout.mustache"] == nil)
    }

    @Test("a file that compressing does not help is sent as it is, one that it helps is smaller")
    func helps() throws {
        let assets = try Samples.renderer().assets
        let sheet = try #require(assets["css/app.css"])
        #expect(try #require(sheet.gzipped).count < sheet.bytes.count / 3)
    }

    @Test("no script puts outside text in as markup, and nothing asks another site")
    func scripts() throws {
        let assets = try Samples.renderer().assets
        for path in [
            "js/page.js", "js/live.js", "js/list.js", "js/theme.js", "js/watch.js", "js/diff.js", "css/app.css",
            "icons/favicon.svg",
        ] {
            let text = String(decoding: try #require(assets[path]).bytes, as: UTF8.self)
            for forbidden in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://", "@import",
            ] {
                #expect(!text.contains(forbidden), "\(path) has \(forbidden)")
            }
        }
    }
}

import Domain
import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct PreviewTests {
    /// `PREVIEW_FOLDER=… swift test --filter PreviewTests` leaves the pages there, for looking at them in a browser.
    @Test("every sample page renders to a whole document")
    func everySample() throws {
        let renderer = try Samples.renderer()
        let folder = ProcessInfo.processInfo.environment["PREVIEW_FOLDER"]
        let pages = Samples.all() + [("list-welcome", Samples.list([]))]
        for (name, page) in pages {
            let frame = name == "list-welcome" ? Samples.frame(Totals()) : Samples.frame()
            let html = renderer.render(page, frame)
            let text = String(decoding: html, as: UTF8.self)
            #expect(text.hasPrefix("<!doctype html>"), "\(name)")
            #expect(text.hasSuffix("</html>\n"), "\(name)")
            if let folder { try Data(html).write(to: URL(filePath: folder).appending(path: "\(name).html")) }
        }
    }
}

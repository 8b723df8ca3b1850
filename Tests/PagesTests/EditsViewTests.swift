import Domain
import Foundation
import HTTPTypes
import Storage
import StoreTestKit
import Testing
import WebTestSupport

@testable import Pages
@testable import WebCore

@Suite("The record of edits on pages")
struct EditsViewTests {
    @Test("the edit page says who changed what, from and to")
    func watch() async throws {
        try await PageSite.run { site in
            let id = try await site.store.create([NewWatch(url: "https://example.org/")], now: Ground.now)[0].id
            let form = [
                "url": "https://example.org/", "title": "<b>Mine</b>", "tags": "news", "ignore_text": "ad",
                "time_between_check_use_default": "on",
            ]
            #expect(try await site.post("/edit/\(id)", form).location == "/watch/\(id)?done=saved")
            let page = try await site.get("/edit/\(id)").text
            let edits = try #require(page.range(of: "<details class=\"edits\"")).lowerBound
            let shown = page[edits...]
            #expect(shown.contains("<b dir=\"auto\">Anonymous (page)</b> <span>edited</span>"))
            #expect(shown.contains("<b dir=\"auto\">tester</b> <span>created</span>"))
            #expect(shown.contains("<ins dir=\"auto\">&lt;b&gt;Mine&lt;/b&gt;</ins>"))
            #expect(shown.contains("<dt>Tags</dt><dd><span class=\"unset\">not set</span>"))
            #expect(shown.contains("<ins dir=\"auto\">news</ins>"))
        }
    }

    @Test("where nothing is recorded, nothing is shown")
    func none() async throws {
        try await PageSite.run { site in
            let page = try await site.get("/settings").text
            #expect(!page.contains("class=\"edits\""))
        }
    }

    @Test("the settings' page shows neither a proxy's password nor that of before")
    func secrets() async throws {
        try await PageSite.run { site in
            for password in ["s3cret", "0ther"] {
                let proxies = "office http://user:\(password)@proxy.example:3128"
                let form = ["time_between_check-hours": "5", "pager_size": "20", "extra_proxies": proxies]
                #expect(try await site.post("/settings", form).location == "/settings?done=saved")
            }
            let page = try await site.get("/settings").text
            #expect(page.contains("<dt>Proxies</dt><dd><del dir=\"auto\">***</del>"))
            #expect(!page.contains("s3cret") && !page.contains("0ther"))
        }
    }

    @Test("a tag's page has the tag's edits")
    func tag() async throws {
        try await PageSite.run { site in
            let made = try await site.post("/tags", ["title": "news"])
            let page = try await site.get(made.location).text
            #expect(page.contains("<span>created</span>") && page.contains("<ins dir=\"auto\">news</ins>"))
        }
    }

    @Test("a long value is cut by code points, so that no mark makes it long")
    func short() {
        let most = EditsView.longestValue
        #expect(EditsView.short(String(repeating: "x", count: most)).count == most)
        #expect(EditsView.short(String(repeating: "x", count: most + 1)) == String(repeating: "x", count: most) + "…")
        #expect(EditsView.short("e" + String(repeating: "\u{301}", count: 5_000)).unicodeScalars.count == most + 1)
    }

    @Test("who may only look is told what is missing on a page, and reading a change marks nothing as read")
    func viewer() async throws {
        try await PageSite.run(as: Requester(.person("Eve"), rights: .viewer)) { site in
            let id = try await site.watch("https://example.org/", "one", "two")
            for (path, form) in [
                ("/form/pause", ["uuid": "\(id)"]), ("/form/recheck", ["uuid": "\(id)"]),
                ("/form/delete", ["uuid": "\(id)", "confirmed": "yes"]), ("/form/mark-viewed", ["uuid": "\(id)"]),
                ("/form/mark-all-viewed", [:]), ("/form/recheck-all", [:]),
                ("/form/add", ["url": "https://example.org/new"]), ("/edit/\(id)", ["url": "https://example.org/new"]),
                ("/settings", ["time_between_check-hours": "5", "pager_size": "20"]), ("/tags", ["title": "theirs"]),
            ] {
                let answer = try await site.post(path, form)
                #expect(answer.status == 403, "\(path)")
                #expect(answer.text.contains("Not allowed: it takes the right to"), "\(path)")
            }
            #expect(try await site.get("/diff/\(id)").status == 200)
            #expect(try await site.store.watch(id)?.state.isUnviewed == true)
            #expect(try await site.store.edits(limit: 9).count == 1)
        }
    }
}

import Domain
import Foundation
import HTTPTypes
import Storage
import StoreTestKit
import Testing
import WebTestSupport

@testable import Pages
@testable import WebCore

@Suite("The pages of settings")
struct SettingsRoutesTests {
    @Test("settings for all watches that are shown and sent back unchanged stay as they are")
    func roundTrip() throws {
        let page = SettingsPage(Samples.settings)
        var settings = Settings()
        // A form does not show passwords, so those that are stored stay.
        settings.proxies = Samples.settings.proxies
        try SettingsPage.apply(page.values, to: &settings)
        #expect(settings == Samples.settings)
        for row in SettingsTable.all {
            #expect(!row.isEqual(Settings(), settings), "\(row.name) is not tried")
        }
    }

    @Test("a tag's settings that are shown and sent back unchanged stay as they are")
    func tagRoundTrip() throws {
        var tag = Tag(title: "", createdAt: Samples.now)
        try TagPage.apply(TagPage(Samples.tag).values, to: &tag)
        #expect(tag.settings == Samples.tag.settings)
        #expect(tag.title == Samples.tag.title)
        #expect(tag.addresses == Samples.tag.addresses && tag.colour == Samples.tag.colour)
        #expect(tag.notificationMuted)
    }

    @Test("what a person sets for all watches is kept; a mistake is shown at its field and nothing is kept")
    func settings() async throws {
        try await PageSite.run { site in
            #expect(try await site.get("/settings").text.contains("name=\"global_ignore_text\""))
            let form = [
                "time_between_check-hours": "5", "global_ignore_text": "ad\r\n/\\d+ visitors/", "pager_size": "20",
            ]
            let saved = try await site.post("/settings", form)
            #expect(saved.location == "/settings?done=saved")
            let settings = try await site.store.settings()
            #expect(settings.ignoreText == ["ad", "/\\d+ visitors/"])
            #expect(settings.timeBetweenCheck.totalSeconds == 18_000)
            #expect(!settings.ignoreWhitespace)

            let refused = try await site.post("/settings", form.merging(["global_ignore_text": "/(/"]) { $1 })
            #expect(refused.status == 422)
            #expect(refused.text.contains("id=\"global_ignore_text-error\">Entry 1: "))
            let none = try await site.post("/settings", ["pager_size": "0"])
            #expect(none.status == 422)
            #expect(none.text.contains("Enter a time between checks"))
            #expect(try await site.store.settings() == settings)
        }
    }

    @Test("a tag's filters are set on its page, are in force at its watches, and go with it")
    func tags() async throws {
        try await PageSite.run { site in
            let tag = try await site.store.createTag("shops", now: Samples.now)
            let new = NewWatch(url: "https://a.example/", tags: [tag.id])
            let watch = try await site.store.create([new], now: Samples.now)[0]
            #expect(try await site.get("/tags").text.contains("/tags/\(tag.id)"))
            #expect(try await site.get("/tags/\(tag.id)").status == 200)
            #expect(try await site.get("/tags/\(TagID())").status == 404)

            let refused = try await site.post("/tags/\(tag.id)", ["title": "", "include_filters": "a[b"])
            #expect(refused.status == 422)
            #expect(refused.text.contains("id=\"title-error\""))
            #expect(refused.text.contains("id=\"include_filters-error\">Entry 1: "))
            let wrong = try await site.post("/tags/\(tag.id)", ["title": "shops", "include_filters": "a[b"])
            #expect(wrong.text.contains("id=\"include_filters-error\">Entry 1: "))

            let form = ["title": "Shops", "ignore_text": "delivery", "overrides_watch": "on", "price_change_max": "9"]
            #expect(try await site.post("/tags/\(tag.id)", form).location == "/tags?done=saved")
            let job = try await site.store.checkJob(watch.id)
            #expect(job?.settings.ignoreText == ["delivery"])
            #expect(job?.settings.restock.priceMaximum == 9)
            #expect(try await site.post("/tags/\(tag.id)/delete", [:]).location == "/tags?done=tag-deleted")
            #expect(try await site.store.checkJob(watch.id)?.settings == WatchSettings())
        }
    }

    @Test("a tag is made on the page of tags, once for each title, and a mistake is shown there")
    func makeTag() async throws {
        try await PageSite.run { site in
            let made = try await site.post("/tags", ["title": " Shops "])
            let tag = try #require(try await site.store.tags().first)
            #expect(tag.title == "Shops")
            #expect(made.location == "/tags/\(tag.id)")
            #expect(try await site.post("/tags", ["title": "SHOPS"]).location == "/tags/\(tag.id)")
            let refused = try await site.post("/tags", ["title": "a,b"])
            #expect(refused.status == 422)
            #expect(refused.text.contains("value=\"a,b\"") && refused.text.contains("id=\"title-error\""))
            #expect(try await site.store.tags().count == 1)
        }
    }

    @Test("a tag's colour and addresses are set on its page and shown in the list; a colour that is none is refused")
    func tagLooks() async throws {
        try await PageSite.run { site in
            let tag = try await site.store.createTag("shops", now: Samples.now)
            let new = NewWatch(url: "https://shop.example/")
            let watch = try await site.store.create([new], now: Samples.now)[0]
            let form = ["title": "Shops", "tag_colour": "#D64545", "url_match_pattern": "*://shop.example/*"]
            #expect(try await site.post("/tags/\(tag.id)", form).location == "/tags?done=saved")
            let list = try await site.get("/").text
            #expect(list.contains("fill=\"#d64545\"") && list.contains("Shops</span>"))
            let tags = try await site.get("/tags").text
            #expect(tags.contains("fill=\"#d64545\"") && tags.contains("*://shop.example/*"))
            // The form of a watch has the tags that it was given, so that saving it gives none.
            #expect(try await !site.get("/edit/\(watch.id)").text.contains("value=\"Shops\""))
            let refused = try await site.post("/tags/\(tag.id)", form.merging(["tag_colour": "red;}"]) { $1 })
            #expect(refused.status == 422)
            #expect(refused.text.contains("id=\"tag_colour-error\"") && refused.text.contains("value=\"red;}\""))
        }
    }

    @Test("a page with a price for programs asks once whether to follow it, and does as it is told")
    func priceData() async throws {
        try await PageSite.run { site in
            let watch = try await site.store.create([NewWatch(url: "https://a.example/")], now: Samples.now)[0]
            var verdict = Verdict(
                decision: .changed(text: Array("text".utf8)), pageChecksum: Checksum(bytes: [1]),
                textChecksum: Checksum(bytes: [2]))
            verdict.hasPriceData = true
            let outcome = CheckOutcome(
                watch: watch.id, revision: 1, startedAt: Samples.now, duration: .zero, result: .verdict(verdict))
            _ = try await site.store.record([DatedOutcome(outcome, nextDue: nil)])
            #expect(try await site.get("/watch/\(watch.id)").text.contains("/form/price-accept"))

            let form = ["uuid": "\(watch.id)", "return": "/watch/\(watch.id)"]
            #expect(try await site.post("/form/price-reject", form).location == "/watch/\(watch.id)?done=saved")
            #expect(try await !site.get("/watch/\(watch.id)").text.contains("/form/price-accept"))
            #expect(try await site.store.snapshots(of: watch.id).count == 1)

            #expect(try await site.post("/form/price-accept", form).location == "/watch/\(watch.id)?done=price")
            let accepted = try await site.store.watch(watch.id)
            #expect(accepted?.settings.processor == .restock)
            #expect(accepted?.settings.priceData == .accepted)
            #expect(accepted?.state.historyCount == 0)
        }
    }

    @Test("a watch's pictures are sent as pictures and as nothing else, and their difference is drawn")
    func pictures() async throws {
        try await PageSite.run { site in
            let watch = try await site.store.create([NewWatch(url: "https://a.example/a.png")], now: Samples.now)[0]
            _ = try await site.store.update(watch.id, now: Samples.now) { $0.settings.processor = .image }
            func keep(_ bytes: [UInt8], at seconds: Double) async throws -> SnapshotVersion {
                var verdict = Verdict(
                    decision: .changed(text: Array("picture \(seconds)".utf8)), pageChecksum: Checksum(bytes: [1]),
                    textChecksum: Checksum(bytes: [2]))
                verdict.picture = Picture(mediaType: "image/gif", width: 1, height: 1, bytes: bytes)
                let outcome = CheckOutcome(
                    watch: watch.id, revision: 2, startedAt: Samples.now.addingTimeInterval(seconds), duration: .zero,
                    result: .verdict(verdict))
                let recorded = try await site.store.record([DatedOutcome(outcome, nextDue: nil)])
                return try #require(recorded[0].version)
            }
            // One pixel of GIF87a (its specification's sections 18 to 22), white and black.
            let header = Array("GIF87a".utf8) + [1, 0, 1, 0, 0x80, 0, 0]
            let picture: [UInt8] = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B]
            let old = try await keep(header + [255, 255, 255, 0, 0, 0] + picture, at: 1)
            let new = try await keep(header + [0, 0, 0, 255, 255, 255] + picture, at: 2)
            let shown = try await site.get("/watch/\(watch.id)/picture/\(new)")
            #expect(shown.headers[.contentType] == "image/gif")
            #expect(shown.headers[.xContentTypeOptions] == "nosniff")
            #expect(shown.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
            #expect(try await site.get("/watch/\(watch.id)/picture/12").status == 404)
            #expect(try await site.get("/watch/\(watch.id)").text.contains("/watch/\(watch.id)/picture/\(new)"))

            let page = try await site.get("/diff/\(watch.id)")
            #expect(page.text.contains("100.00% of the pixels differ."))
            let difference = try await site.get("/diff/\(watch.id)/picture?from_version=\(old)&to_version=\(new)")
            #expect(difference.status == 200)
            #expect(difference.headers[.contentType] == "image/png")
            #expect(difference.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(try await site.get("/diff/\(watch.id)/picture?from_version=\(old)").status == 404)
        }
    }
}

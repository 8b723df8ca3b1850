import Domain
import Foundation
import Storage
import Testing
import WebTestSupport

@testable import Pages
@testable import WebCore

@Suite("Why, on the pages")
struct ReasonPagesTests {
    /// A watch with two versions whose bodies are kept, and a check after them that a trigger held back.
    private func watch(_ site: PageSite) async throws -> WatchID {
        let id = try await site.watch("https://example.org/")
        let texts = ["one", "two", "three"]
        for (index, text) in texts.enumerated() {
            let sum = Checksum(bytes: [UInt8(index)])
            let bytes = Array(text.utf8)
            let decision: Verdict.Decision = index == 2 ? .blocked(text: bytes) : .changed(text: bytes)
            var outcome = CheckOutcome(
                watch: id, revision: 1, startedAt: Samples.now.addingTimeInterval(Double(index * 60 - 600)),
                duration: .milliseconds(20), status: 200, byteCount: 10, contentType: "text/html",
                result: .verdict(Verdict(decision: decision, pageChecksum: sum, textChecksum: sum)))
            outcome.trace = [
                TraceStep(.compared, note: "the text is different from last time"),
                TraceStep(
                    .trigger, note: index == 2 ? "no line matches the trigger text" : "line 1 matches “<b>”",
                    rules: [TraceRule("<b>", matches: index == 2 ? 0 : 1, line: 1, sample: "<i>\(text)")],
                    stops: index == 2),
            ]
            outcome.body = Array("<p>\(text)".utf8)
            _ = try await site.store.record([DatedOutcome(outcome, nextDue: nil)])
        }
        return id
    }

    @Test("the watch's page tells why the newest check told nothing, and how the version shown came about")
    func newest() async throws {
        try await PageSite.run { site in
            let id = try await watch(site)
            let page = try await site.get("/watch/\(id)").text
            #expect(page.contains("No change: no line matches the trigger text."))
            #expect(page.contains("Change detected: the text is different from last time, and line 1 matches"))
            #expect(page.contains("<code dir=\"auto\">&lt;b&gt;</code>"))
            #expect(!page.contains("<i>two"))
            let versions = try await site.store.snapshots(of: id).map(\.version)
            let older = try await site.get("/watch/\(id)?version=\(versions[0])").text
            #expect(older.contains("First version stored"))
            let partial = try await site.get("/watch/\(id)?partial=reason").text
            #expect(partial.hasPrefix("<details class=\"reason\""))
            #expect(partial.contains("No change: no line matches the trigger text."))
        }
    }

    @Test("each check of the table leads to its own reason; one that is gone is 404")
    func check() async throws {
        try await PageSite.run { site in
            let id = try await watch(site)
            #expect(try await site.get("/watch/\(id)").text.contains("href=\"/watch/\(id)?check=2\""))
            let page = try await site.get("/watch/\(id)?check=2").text
            #expect(page.contains("This check"))
            #expect(page.contains("Show the latest check"))
            #expect(!page.contains("No change:"))
            #expect(try await site.get("/watch/\(id)?check=9").status == 404)
            #expect(try await site.get("/watch/\(id)?check=x").status == 404)
        }
    }

    @Test("the page of a change tells why it was told")
    func difference() async throws {
        try await PageSite.run { site in
            let id = try await watch(site)
            #expect(try await site.get("/diff/\(id)").text.contains("Change detected: the text is different"))
        }
    }

    @Test("a page without a check has no reason yet")
    func none() async throws {
        try await PageSite.run { site in
            let id = try await site.watch("https://example.org/")
            let page = try await site.get("/watch/\(id)")
            #expect(page.status == 200)
            #expect(!page.text.contains("class=\"reason\""))
            #expect(try await site.get("/watch/\(id)?partial=reason").status == 404)
            #expect(!(try await site.get("/edit/\(id)").text.contains("id=\"try\"")))
        }
    }

    @Test("the form's settings are tried on a version, shown beside the form as it was typed, and not saved")
    func trial() async throws {
        try await PageSite.run { site in
            let id = try await watch(site)
            let before = try #require(try await site.store.watch(id))
            #expect(try await site.get("/edit/\(id)").text.contains("formaction=\"/edit/\(id)/try#try\""))
            var form = [
                "url": "https://example.org/", "processor": "text_json_diff", "trigger_text": "zzz",
                "conditions_match_logic": "ALL", "time_between_check_use_default": "on", "filter_text_added": "on",
                "filter_text_replaced": "on", "filter_text_removed": "on", "method": "GET",
                "in_stock_processing": "in_stock_only", "min_change_percentage": "1",
                "pixel_difference_threshold_sensitivity": "20",
            ]
            let held = try await site.post("/edit/\(id)/try", form)
            #expect(held.status == 200)
            #expect(held.text.contains("No change: no line matches the trigger text."), "\(held.text)")
            #expect(held.text.contains(">\nzzz</textarea>"))
            #expect(held.text.contains("class=\"diff unified\""))
            form["trigger_text"] = "two"
            #expect(try await site.post("/edit/\(id)/try", form).text.contains("A change would be detected"))
            let versions = try await site.store.snapshots(of: id).map(\.version)
            form["try_version"] = versions[0].description
            let first = try await site.post("/edit/\(id)/try", form)
            #expect(first.text.contains("It would be stored as the first version"))
            form["try_version"] = "5"
            #expect(try await site.post("/edit/\(id)/try", form).text.contains("is no longer stored"))
            form["trigger_text"] = "/(/"
            let wrong = try await site.post("/edit/\(id)/try", form)
            #expect(wrong.status == 422)
            #expect(wrong.text.contains("is not a valid pattern"))
            #expect(wrong.text.contains("The dry run did not start"))
            let after = try #require(try await site.store.watch(id))
            #expect(after.settings == before.settings)
        }
    }
}

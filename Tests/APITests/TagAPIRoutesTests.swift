import Domain
import HTTPTypes
import Storage
import StoreTestKit
import Testing
import WebTestSupport

@testable import API

@Suite("Tags through the API")
struct TagAPIRoutesTests {
    @Test("a tag is made, read, changed and deleted, with what it adds to its watches")
    func life() async throws {
        try await APISite.run { site in
            let made = try await site.ask(.post, "tag", #"{"title": "Shops", "ignore_text": ["delivery"]}"#)
            #expect(made.status == 201)
            guard case .object(let fields) = made.json, case .string(let uuid)? = fields["uuid"] else {
                Issue.record("no uuid: \(made.text)")
                return
            }
            #expect(try await site.ask(.post, "tag", #"{"title": "shops"}"#).json == made.json)
            let change = #"{"overrides_watch": true, "processor_config_restock_diff": {"price_change_max": 9.5}}"#
            #expect(try await site.ask(.put, "tag/\(uuid)", change).status == 200)
            guard case .object(let read) = try await site.get("tag/\(uuid)").json else {
                Issue.record("no object")
                return
            }
            #expect(read["title"] == .string("Shops"))
            #expect(read["ignore_text"] == .array([.string("delivery")]))
            #expect(read["overrides_watch"] == .bool(true))
            let tag = try #require(TagID(uuid))
            #expect(try await site.store.tag(tag)?.settings.restock.priceMaximum == 9.5)
            #expect(try await site.ask(.put, "tag/\(uuid)", #"{"title": "\u00a0"}"#).status == 400)
            #expect(try await site.store.tag(tag)?.title == "Shops")
            #expect(try await site.ask(.delete, "tag/\(uuid)", "").status == 204)
            #expect(try await site.ask(.delete, "tag/\(uuid)", "").status == 400)
            #expect(try await site.get("tag/\(uuid)").status == 404)
        }
    }

    @Test(
        "what makes no sense is refused by its field, and no tag is made",
        arguments: [
            (#"{"title": ""}"#, "title"), (#"{"title": " \u0000\t"}"#, "title"), (#"{}"#, "title"),
            (#"{"title": "a,b"}"#, "title"),
            (#"{"title": "t", "include_filters": ["a[b"]}"#, "include_filters[0]"),
            (#"{"title": "t", "trigger_text": ["/(/"]}"#, "trigger_text[0]"),
            (#"{"title": "t", "colour": "red"}"#, "colour"), (#"{"title": "t", "ignore_text": "x"}"#, "ignore_text"),
            (#"{"title": "t", "tag_colour": "red"}"#, "tag_colour"),
            (#"{"title": "t", "tag_colour": 5}"#, "tag_colour"),
            (##"{"title": "t", "tag_colour": "#abc;}body{"}"##, "tag_colour"),
            (#"{"title": "t", "url_match_pattern": ["a"]}"#, "url_match_pattern"),
            (#"{"title": "t", "notification_muted": "yes"}"#, "notification_muted"),
        ])
    func refused(body: String, field: String) async throws {
        try await APISite.run { site in
            let answer = try await site.ask(.post, "tag", body)
            #expect(answer.status == 400)
            #expect(answer.text.contains("\"field\":\"\(field)\""), "\(answer.text)")
            #expect(try await site.store.tags().isEmpty)
        }
    }

    @Test("a change of some fields leaves the others, and is refused whole when one of them is wrong")
    func partial() async throws {
        try await APISite.run { site in
            let body =
                ##"{"title": "Shops", "tag_colour": "#4F8EF7", "url_match_pattern": " *shop* ", "notification_muted": true}"##
            let made = try await site.ask(.post, "tag", body)
            guard case .object(let fields) = made.json, case .string(let uuid)? = fields["uuid"] else {
                Issue.record("no uuid: \(made.text)")
                return
            }
            func read() async throws -> [String: JSONValue] {
                guard case .object(let read) = try await site.get("tag/\(uuid)").json else { return [:] }
                return read
            }
            #expect(try await site.ask(.put, "tag/\(uuid)", #"{"trigger_text": ["sale"]}"#).status == 200)
            let tag = try await read()
            #expect(tag["tag_colour"] == .string("#4f8ef7"))
            #expect(tag["url_match_pattern"] == .string("*shop*"))
            #expect(tag["notification_muted"] == .bool(true))
            #expect(tag["trigger_text"] == .array([.string("sale")]))
            let wrong = try await site.ask(
                .put, "tag/\(uuid)", #"{"title": "Other", "tag_colour": "blue", "unheard_of": 1}"#)
            #expect(wrong.status == 400)
            for field in ["tag_colour", "unheard_of"] { #expect(wrong.text.contains("\"field\":\"\(field)\"")) }
            #expect(try await read() == tag)
            // What was read may be sent back whole.
            let whole = try await site.get("tag/\(uuid)").text
            #expect(try await site.ask(.put, "tag/\(uuid)", whole).status == 200)
            #expect(try await read() == tag)
            for (word, isMuted) in [("unmuted", false), ("muted", true)] {
                #expect(try await site.get("tag/\(uuid)?muted=\(word)").json == .string("OK"))
                #expect(try await read()["notification_muted"] == .bool(isMuted))
            }
            #expect(try await site.get("tag/\(uuid)?muted=perhaps").status == 400)
            #expect(try await site.ask(.put, "tag/\(uuid)", #"{"tag_colour": ""}"#).status == 200)
            #expect(try await read()["tag_colour"] == .string(""))
        }
    }

    @Test("a recheck of a tag takes those for its address too, and from twenty watches on goes on in the background")
    func recheck() async throws {
        try await APISite.run { site in
            let tag = try await site.store.createTag("shops", now: Ground.now)
            _ = try await site.store.updateTag(tag.id, now: Ground.now) { $0.addresses = AddressPattern("shop") }
            func add(_ count: Int) async throws {
                let new = (0..<count).map { NewWatch(url: "https://shop.example/\($0)") }
                _ = try await site.store.create(
                    new + [NewWatch(url: "https://shop.example/p", paused: true)], now: Ground.now)
            }
            try await add(19)
            let few = try await site.get("tag/\(tag.id)?recheck=true")
            #expect(few.status == 200)
            #expect(few.text == #"{"status":"OK, queued 19 watches for rechecking"}"#)
            try await add(1)
            let many = try await site.get("tag/\(tag.id)?recheck=true")
            #expect(many.status == 202)
            #expect(many.text == #"{"status":"OK, queueing 20 watches in background"}"#)
            #expect(try await site.get("tag/\(TagID())?recheck=true").status == 404)
        }
    }
}

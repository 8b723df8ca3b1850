import Domain
import HTTPTypes
import Storage
import Testing

@testable import Web

@Suite("Tags through the API")
struct TagRoutesTests {
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
            #expect(try await site.ask(.delete, "tag/\(uuid)", "").status == 204)
            #expect(try await site.ask(.delete, "tag/\(uuid)", "").status == 400)
            #expect(try await site.get("tag/\(uuid)").status == 404)
        }
    }

    @Test(
        "what makes no sense is refused by its field, and no tag is made",
        arguments: [
            (#"{"title": ""}"#, "title"), (#"{}"#, "title"), (#"{"title": "a,b"}"#, "title"),
            (#"{"title": "t", "include_filters": ["a[b"]}"#, "include_filters[0]"),
            (#"{"title": "t", "trigger_text": ["/(/"]}"#, "trigger_text[0]"),
            (#"{"title": "t", "colour": "red"}"#, "colour"), (#"{"title": "t", "ignore_text": "x"}"#, "ignore_text"),
        ])
    func refused(body: String, field: String) async throws {
        try await APISite.run { site in
            let answer = try await site.ask(.post, "tag", body)
            #expect(answer.status == 400)
            #expect(answer.text.contains("\"field\":\"\(field)\""), "\(answer.text)")
            #expect(try await site.store.tags().isEmpty)
        }
    }
}

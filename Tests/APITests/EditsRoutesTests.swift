import Domain
import Foundation
import HTTPTypes
import Storage
import StoreTestKit
import Testing
import WebTestSupport

@testable import API

@Suite("The record of edits through the API")
struct EditsRoutesTests {
    /// The only one of a list that is there to be looked into, by its place.
    private func edit(_ answer: WebAnswer, _ place: Int = 0) throws -> [String: JSONValue] {
        guard case .array(let edits) = answer.json, edits.indices.contains(place),
            case .object(let fields) = edits[place]
        else {
            Issue.record("no such edit: \(answer.text)")
            return [:]
        }
        return fields
    }

    private func uuid(_ answer: WebAnswer) throws -> String {
        guard case .object(let fields) = answer.json, case .string(let uuid)? = fields["uuid"] else {
            Issue.record("no uuid: \(answer.text)")
            return ""
        }
        return uuid
    }

    @Test("a watch's edits name the key, what was changed, from and to; they are there when the watch is gone")
    func watch() async throws {
        try await APISite.run { site in
            let id = try uuid(try await site.watch(#"{"url": "https://example.org/"}"#))
            let change = #"{"title": "Mine", "url": "https://example.org/"}"#
            #expect(try await site.ask(.put, "watch/\(id)", change).status == 200)
            let made = try edit(try await site.get("watch/\(id)/edits"), 1)
            #expect(made["action"] == .string("created") && made["before"] == .null)
            let changed = try edit(try await site.get("watch/\(id)/edits"))
            let who = JSONValue.object(["kind": .string("key"), "name": .string("default")])
            #expect(changed["who"] == who && changed["action"] == .string("edited"))
            #expect(changed["thing"] == .string("watch") && changed["uuid"] == .string(id))
            #expect(changed["date"] == .integer(1_795_244_400))
            #expect(changed["before"] == .object(["title": .null]))
            #expect(changed["after"] == .object(["title": .string("Mine")]))
            #expect(try await site.ask(.delete, "watch/\(id)", "").status == 204)
            let gone = try edit(try await site.get("watch/\(id)/edits"))
            #expect(gone["action"] == .string("deleted") && gone["after"] == .null)
            guard case .integer(let number)? = gone["id"] else {
                Issue.record("no id")
                return
            }
            let older = try await site.get("watch/\(id)/edits?before=\(number)&limit=1")
            #expect(try edit(older) == changed)
        }
    }

    @Test("a tag's edits, those of the settings and those of all, without secrets")
    func others() async throws {
        try await APISite.run { site in
            let id = try uuid(try await site.ask(.post, "tag", #"{"title": "Shops"}"#))
            let made = try edit(try await site.get("tag/\(id)/edits"))
            #expect(made["after"] == .object(["title": .string("Shops")]))
            #expect(try await site.get("settings/edits").json == .array([]))
            let address = try ProxyAddress("http://user:s3cret@proxy.example:3128")
            let proxy = try NamedProxy(name: "office", address: address)
            _ = try await site.store.updateSettings(now: Ground.now) { $0.proxies = [proxy] }
            let answer = try await site.get("settings/edits")
            #expect(try edit(answer)["after"] == .object(["extra_proxies": .string("***")]))
            let all = try await site.get("edits")
            #expect(try edit(all)["thing"] == .string("settings"))
            #expect(try edit(all, 1)["thing"] == .string("tag"))
            #expect(!answer.text.contains("s3cret") && !all.text.contains("s3cret"))
        }
    }

    @Test("what was never there is 404, a wrong limit 400")
    func wrong() async throws {
        try await APISite.run { site in
            for path in ["watch/\(WatchID())/edits", "watch/x/edits", "tag/\(TagID())/edits"] {
                let answer = try await site.get(path)
                #expect(answer.status == 404, "\(path)")
            }
            for query in ["limit=0", "limit=1001", "limit=x", "before=x"] {
                let answer = try await site.get("edits?\(query)")
                #expect(answer.status == 400, "\(query)")
            }
            let none = try await site.get("edits")
            #expect(none.json == .array([]))
        }
    }

    @Test("who may not change is refused by every route that does, and nothing is changed")
    func refused() async throws {
        try await APISite.run(as: Requester(.apiKey("reports"), rights: .viewer)) { site in
            let id = try await site.watch(texts: ["one", "two"])
            let tag = try await site.store.createTag("ours", now: Ground.now).id
            let before = try await site.store.edits(limit: 100)
            let watch = #"{"url": "https://example.org/new"}"#
            for (method, path, body, right) in [
                (.post, "watch", watch, Right.edit), (.put, "watch/\(id)", watch, .edit),
                (.delete, "watch/\(id)", "", .edit), (.delete, "watch/\(id)/history", "", .edit),
                (.get, "watch/\(id)?paused=paused", "", .edit), (.get, "watch/\(id)?muted=muted", "", .edit),
                (.get, "watch/\(id)?recheck=1", "", .check), (.get, "watch?recheck_all=1", "", .check),
                (.post, "tag", #"{"title": "theirs"}"#, .edit), (.put, "tag/\(tag)", #"{"title": "b"}"#, .edit),
                (.delete, "tag/\(tag)", "", .edit), (.get, "tag/\(tag)?muted=muted", "", .edit),
                (.get, "tag/\(tag)?recheck=1", "", .check), (.post, "watch/\(id)/explain", "{}", .check),
            ] as [(HTTPRequest.Method, String, String, Right)] {
                await #expect(throws: NotAllowed(right), "\(method) \(path)") {
                    _ = try await site.ask(method, path, body)
                }
            }
            #expect(try await site.store.edits(limit: 100) == before)
            #expect(try await site.store.snapshots(of: id).count == 2)
            #expect(try await site.get("watch/\(id)").status == 200)
            #expect(try await site.get("watch/\(id)/edits").status == 200)
        }
        try await APISite.run(as: Requester(.anonymous(.api), rights: .none)) { site in
            await #expect(throws: NotAllowed(.see)) { _ = try await site.get("edits") }
        }
    }
}

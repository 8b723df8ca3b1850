import Domain
import HTTPTypes
import Storage
import StoreTestKit
import Testing
import WebTestSupport

@testable import API

@Suite("Deleting many watches through the API")
struct DeleteManyTests {
    @Test("those of a tag, of a word and of a state go with one request; others stay")
    func chosen() async throws {
        try await APISite.run { site in
            for number in 0..<6 {
                let tag = number < 2 ? #", "tag": "Old""# : ""
                let paused = number == 2 ? #", "paused": true"# : ""
                let made = try await site.watch(#"{"url": "https://example.org/page-\#(number)"\#(tag)\#(paused)}"#)
                #expect(made.status == 201)
            }
            func left() async throws -> Int { try await site.store.totals().watches }
            #expect(try await site.ask(.delete, "watch?tag=old", "").text == #"{"deleted":2}"#)
            #expect(try await site.ask(.delete, "watch?tag=old", "").text == #"{"deleted":0}"#)
            #expect(try await site.ask(.delete, "watch?tag=never", "").text == #"{"deleted":0}"#)
            #expect(try await site.ask(.delete, "watch?paused=1", "").text == #"{"deleted":1}"#)
            #expect(try await site.ask(.delete, "watch?q=page-5", "").text == #"{"deleted":1}"#)
            #expect(try await left() == 2)
            #expect(try await site.store.edits(limit: 99).count { $0.action == .deleted } == 4)
        }
    }

    @Test(
        "nothing is deleted without a word of which, nor with one that is not understood",
        arguments: [
            "watch", "watch?all=1", "watch?all=true&q=x", "watch?tagg=old", "watch?paused=1&tagg=old", "watch?q=%20",
            "watch?paused=yes", "watch?paused=1&unread=1", "watch?tag=", "watch?q=%00", "watch?q=%20%00%E2%80%8B%07",
            "watch?tag=%00", "watch?q=zzz&q=example", "watch?paused=1&paused=1",
        ])
    func refused(path: String) async throws {
        try await APISite.run { site in
            _ = try await site.watch(#"{"url": "https://example.org/x", "paused": true}"#)
            let answer = try await site.ask(.delete, path, "")
            #expect(answer.status == 400, "\(answer.text)")
            #expect(try await site.store.totals().watches == 1)
        }
    }

    @Test("every watch goes when all=true says so")
    func all() async throws {
        try await APISite.run { site in
            for number in 0..<3 { _ = try await site.watch(#"{"url": "https://example.org/\#(number)"}"#) }
            #expect(try await site.ask(.delete, "watch?all=true", "").text == #"{"deleted":3}"#)
            #expect(try await site.store.totals().watches == 0)
        }
    }
}

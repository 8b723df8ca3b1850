import Domain
import Foundation
import Logging
import Monitor
import Storage
import StoreTestKit
import Testing
import WebTestSupport

@testable import Realtime

@Suite("What clients do to a watch over the socket")
struct WatchOperationTests {
    private func perform(
        _ json: String, _ site: Ground, as who: Requester = .tester
    ) async throws -> [String: Any] {
        let wish = try JSONDecoder().decode(WatchOperation.Wish.self, from: Data(json.utf8))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let result = await WatchOperation.perform(wish, site.actions.asked(by: who), logger)
        return try #require(JSONSerialization.jsonObject(with: Data(result)) as? [String: Any])
    }

    private func succeeds(_ json: String, _ site: Ground) async throws -> Bool {
        try await perform(json, site)["success"] as? Bool == true
    }

    @Test("who may not is told what right is missing, and nothing is changed")
    func refused() async throws {
        try await Ground.run { site in
            let id = try await site.watch()
            let viewer = Requester(.anonymous(.socket), rights: .viewer)
            for (op, right) in [("pause", Right.edit), ("delete", .edit), ("viewed", .edit), ("recheck", .check)] {
                let result = try await perform(#"{"op": "\#(op)", "uuid": "\#(id)"}"#, site, as: viewer)
                #expect(result["success"] as? Bool == false)
                #expect(result["error"] as? String == NotAllowed(right).description)
            }
            #expect(try await site.store.watch(id)?.paused == false)
            #expect(try await site.store.edits(limit: 9).count == 1)
        }
    }

    @Test("the record of an edit says that it came over the socket")
    func recorded() async throws {
        try await Ground.run { site in
            let id = try await site.watch()
            let who = Requester(.anonymous(.socket))
            _ = try await perform(#"{"op": "pause", "uuid": "\#(id)"}"#, site, as: who)
            let edit = try #require(try await site.store.edits(limit: 1).first)
            #expect(edit.by == .anonymous(.socket) && edit.action == .paused)
        }
    }

    @Test("letting a watch go on that goes on already succeeds, and one that is not there is not found")
    func unpause() async throws {
        try await Ground.run { site in
            let id = try await site.watch()
            #expect(try await succeeds(#"{"op": "unpause", "uuid": "\#(id)"}"#, site))
            let unknown = try await perform(#"{"op": "unpause", "uuid": "\#(WatchID())"}"#, site)
            #expect(unknown["error"] as? String == "Watch not found")
        }
    }

    @Test("pause undoes a pause, set_paused sets what it says")
    func pause() async throws {
        try await Ground.run { site in
            let id = try await site.watch()
            func isPaused() async throws -> Bool? { try await site.store.watch(id)?.paused }
            for expected in [true, true, true] {
                #expect(try await succeeds(#"{"op": "set_paused", "uuid": "\#(id)", "paused": true}"#, site))
                #expect(try await isPaused() == expected)
            }
            for expected in [false, true] {
                #expect(try await succeeds(#"{"op": "pause", "uuid": "\#(id)"}"#, site))
                #expect(try await isPaused() == expected)
            }
            #expect(try await succeeds(#"{"op": "set_paused", "uuid": "\#(id)", "paused": false}"#, site))
            #expect(try await isPaused() == false)
            #expect(try await !succeeds(#"{"op": "set_paused", "uuid": "\#(id)"}"#, site))
        }
    }

    @Test("viewed up to a version leaves a newer one unread, and never marks what is still to come")
    func viewed() async throws {
        try await Ground.run { site in
            let id = try await site.watch(texts: ["one", "two", "three"])
            func isUnread() async throws -> Bool? { try await site.store.watch(id)?.state.isUnviewed }
            let versions = try await site.store.snapshots(of: id).map(\.version.seconds).sorted()
            let (second, third) = (versions[1], versions[2])
            #expect(
                try await succeeds(#"{"op": "viewed", "uuid": "\#(id)", "newest_version": \#(second)}"#, site))
            #expect(try await isUnread() == true)
            #expect(
                try await succeeds(#"{"op": "viewed", "uuid": "\#(id)", "newest_version": \#(third + 9)}"#, site))
            #expect(try await site.store.watch(id)?.state.lastViewed.seconds == third)
            #expect(try await isUnread() == false)
            #expect(try await succeeds(#"{"op": "viewed", "uuid": "\#(id)"}"#, site))
        }
    }
}

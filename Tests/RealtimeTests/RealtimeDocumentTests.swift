import Domain
import Foundation
import Testing

@testable import Realtime

@Suite("docs/realtime.md")
struct RealtimeDocumentTests {
    private static let text: String? = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/realtime.md")
        return try? String(contentsOf: file, encoding: .utf8)
    }()

    /// Each section's JSON examples, by the event's name.
    private func examples() throws -> [String: [[String: Any]]] {
        var found: [String: [[String: Any]]] = [:]
        for section in try #require(Self.text).components(separatedBy: "\n### `").dropFirst() {
            let name = String(section.prefix { $0 != "`" })
            let blocks = section.components(separatedBy: "```json\n").dropFirst().map {
                $0.components(separatedBy: "\n```")[0]
            }
            found[name] = try blocks.map { block in
                try #require(
                    JSONSerialization.jsonObject(with: Data(block.utf8)) as? [String: Any], "\(name): not JSON")
            }
        }
        return found
    }

    @Test("lists every event of the code, and no other")
    func everyEvent() throws {
        let documented = try examples()
        #expect(Set(documented.keys) == Set(RealtimeEvent.allCases.map(\.rawValue)))
        for (name, blocks) in documented { #expect(!blocks.isEmpty, "\(name) has no example") }
    }

    private static let row = WatchRow(
        id: WatchID(), url: "https://example.org/", title: nil, pageTitle: nil, tags: [], paused: false,
        notificationMuted: false, lastChecked: nil, lastChanged: nil, lastFailure: nil, lastStatus: nil,
        lastDuration: .zero, historyCount: 0, newestVersion: nil, isUnviewed: false, nextDue: nil, recent: [])

    @Test("shows every field of watch_update, and no other")
    func watchFields() throws {
        let example = try #require(try examples()["watch_update"]?.first?["watch"] as? [String: Any])
        var json = JSONWriter()
        WatchUpdate.write(Self.row, tags: [:], place: nil, step: nil, now: Date(), to: &json)
        let written = try #require(JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
        #expect(Set(example.keys) == Set(written.keys))
    }
}

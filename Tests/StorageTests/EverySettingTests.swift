import Domain
import Foundation
import Storage
import StoreTestKit
import Testing

@Suite("Every setting in the record of edits")
struct EverySettingTests {
    @Test("of a watch, with what it was and what it is", arguments: SettingsTable.watch)
    func watch(_ row: Setting<WatchSettings>) async throws {
        let fixture = try Fixture()
        let id = try await fixture.add().id
        let wanted = try Other.json(row, WatchSettings())
        _ = try await fixture.store.update(id, now: .at(1)) { try row.set(wanted, in: &$0.settings) }
        let edit = try #require(try await fixture.store.edits(of: .watch(id), limit: 1).first)
        try expect(edit, row, WatchSettings(), try #require(try await fixture.store.watch(id)).settings)
    }

    @Test("of a tag, with what it was and what it is", arguments: SettingsTable.tag)
    func tag(_ row: Setting<TagSettings>) async throws {
        let fixture = try Fixture()
        let id = try await fixture.store.createTag("news", now: .at(0)).id
        let wanted = try Other.json(row, TagSettings())
        _ = try await fixture.store.updateTag(id, now: .at(1)) { try row.set(wanted, in: &$0.settings) }
        let edit = try #require(try await fixture.store.edits(of: .tag(id), limit: 1).first)
        try expect(edit, row, TagSettings(), try #require(try await fixture.store.tag(id)).settings)
    }

    @Test("of all watches, with what it was and what it is", arguments: SettingsTable.all)
    func all(_ row: Setting<Settings>) async throws {
        let fixture = try Fixture()
        let wanted = try Other.json(row, Settings())
        _ = try await fixture.store.updateSettings(now: .at(1)) { try row.set(wanted, in: &$0) }
        let edit = try #require(try await fixture.store.edits(of: .settings, limit: 1).first)
        try expect(edit, row, Settings(), try await fixture.store.settings())
    }

    /// The edit is of this row alone; from what is kept each state can be made again.
    private func expect<Root>(_ edit: Edit, _ row: Setting<Root>, _ old: Root, _ new: Root) throws {
        #expect(edit.action == .edited && edit.by == Requester.tester.identity)
        #expect(edit.before.map { Array($0.keys) } == [row.about.path])
        #expect(edit.after.map { Array($0.keys) } == [row.about.path])
        #expect(!row.isEqual(old, new))
        var made = old
        try row.set(try #require(edit.after?[row.about.path]), in: &made)
        #expect(row.isEqual(made, new))
        try row.set(try #require(edit.before?[row.about.path]), in: &made)
        #expect(row.isEqual(made, old))
    }
}

/// Another value for each kind of setting.
private enum Other {
    static func json<Root>(_ row: Setting<Root>, _ root: Root) throws -> JSONValue {
        let now = row.json(of: root)
        switch row.about.shape {
        case .flag: return .bool(now != .bool(true))
        case .inheritedFlag: return .bool(true)
        case .choice(let options):
            return .string(try #require(options.last { .string($0.value) != now && !$0.value.isEmpty }).value)
        case .text, .template, .longTemplate: return .string("https://example.org/other")
        case .lines: return .array([.string("other")])
        case .whole(let range, _): return .integer(range.lowerBound + 1)
        case .number(let range, _): return .number(range.lowerBound + 0.0625)
        case .interval: return .object(["hours": .integer(7)])
        case .headers: return .object(["A": .string("b")])
        case .conditions, .box, .schedule:
            return SettingsTable.watch.first { $0.name == row.name }.map { $0.json(of: wishes) } ?? .null
        case .timeZone: return .string("Europe/Vienna")
        case .proxy: return .string("no-proxy")
        case .proxies:
            let url = JSONValue.string("http://user:s3cret@proxy.example:3128")
            return .array([.object(["name": .string("office"), "url": url])])
        case .trust: return .string("self-signed")
        }
    }

    private static let wishes: WatchSettings = {
        var wishes = WatchSettings()
        wishes.conditions = [WatchCondition(field: .wordCount, operator: .greater, value: "3")]
        wishes.image.box = PixelBox(x: 1, y: 2, width: 3, height: 4)
        wishes.timing.schedule.isEnabled = true
        return wishes
    }()
}

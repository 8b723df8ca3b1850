import Domain
import Foundation
import Testing

@testable import API

@Suite("The API's settings")
struct SettingRowsTests {
    /// Where the API has a row: by itself, or inside of its object.
    private static func value<Root>(_ row: Setting<Root>, in fields: [String: JSONValue]) -> JSONValue? {
        guard let part = row.about.part else { return fields[row.name] }
        guard case .object(let parts)? = fields[part.rawValue] else { return nil }
        return parts[row.name]
    }

    @Test("every setting of a watch is told and can be set by the API", arguments: SettingsTable.watch)
    func watch(_ row: Setting<WatchSettings>) throws {
        var watch = Watch(url: "https://example.org", createdAt: .distantPast)
        let told = Dictionary(uniqueKeysWithValues: WatchFields.fields.all.map { ($0.name, $0.read(watch)) })
        #expect(Self.value(row, in: told) == row.json(of: WatchSettings()))
        let value = Self.value(row, in: told) ?? .null
        try WatchFields.fields.apply(
            row.about.part.map { [$0.rawValue: .object([row.name: value])] } ?? [row.name: value], to: &watch)
        #expect(watch.settings == WatchSettings())
    }

    @Test("every setting of a tag is told and can be set by the API", arguments: SettingsTable.tag)
    func tag(_ row: Setting<TagSettings>) throws {
        var tag = Domain.Tag(title: "x", createdAt: .distantPast)
        let told = Dictionary(uniqueKeysWithValues: TagFields.fields.all.map { ($0.name, $0.read(tag)) })
        let value = try #require(Self.value(row, in: told))
        try TagFields.fields.apply(
            row.about.part.map { [$0.rawValue: .object([row.name: value])] } ?? [row.name: value], to: &tag)
        #expect(tag.settings == TagSettings())
    }

    @Test("what the incumbent tells of a schedule is taken, and one that is not enabled says nothing")
    func schedule() throws {
        var watch = Watch(url: "https://example.org", createdAt: .distantPast)
        let field = try #require(WatchFields.fields.byName["time_schedule_limit"])
        let plain = field.read(watch)
        try WatchFields.fields.apply(["time_schedule_limit": plain], to: &watch)
        #expect(watch.settings.timing.schedule == TimeSchedule())
        let error = #expect(throws: InputError.self) {
            try WatchFields.fields.apply(
                ["time_schedule_limit": .object(["monday": .object(["start_time": .string("25:00")])])], to: &watch)
        }
        #expect(error?.fields.map(\.field) == ["time_schedule_limit.monday.start_time"])
    }

    @Test("certificates and proxies are words; a wrong one is refused by its name")
    func network() throws {
        var watch = Watch(url: "https://example.org", createdAt: .distantPast)
        try WatchFields.fields.apply(["tls_trust": .string("self-signed"), "proxy": .string("no-proxy")], to: &watch)
        #expect(watch.settings.trust == .selfSigned && watch.settings.proxy == .direct)
        try WatchFields.fields.apply(["tls_trust": .null, "proxy": .string("")], to: &watch)
        #expect(watch.settings == WatchSettings())
        let error = #expect(throws: InputError.self) {
            try WatchFields.fields.apply(["tls_trust": .string("-----BEGIN CERTIFICATE-----")], to: &watch)
        }
        #expect(error?.fields.map(\.field) == ["tls_trust"])
    }
}

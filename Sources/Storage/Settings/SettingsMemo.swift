import Domain
import Foundation
import Synchronization

/// Reads a watch's settings from their JSON, remembering a few, since many watches are made alike and each is checked
/// often.
final class SettingsMemo: Sendable {
    /// When more are remembered all are forgotten: simpler than the eldest, and a start from nothing costs little.
    private static let most = 256
    /// Longer settings are read anew each time, so that the memo stays below some 2 MB.
    private static let longest = 8192

    private let known = Mutex<[String: WatchSettings]>([:])
    private let ofTags = Mutex<[String: TagSettings]>([:])
    /// Those for all watches, of which there is one.
    private let ofAll = Mutex<(json: String, settings: Settings)?>(nil)

    func settings(_ json: String?) throws -> WatchSettings {
        guard let json else { return WatchSettings() }
        return try Self.read(json, known)
    }

    func tagSettings(_ json: String?) throws -> TagSettings {
        guard let json else { return TagSettings() }
        return try Self.read(json, ofTags)
    }

    /// The settings for all watches.
    func shared(_ json: String?) throws -> Settings {
        guard let json else { return Settings() }
        if let known = ofAll.withLock({ $0 }), known.json == json { return known.settings }
        let settings = try JSONDecoder().decode(Settings.self, from: Data(json.utf8))
        ofAll.withLock { $0 = (json, settings) }
        return settings
    }

    private static func read<Value: Decodable & Sendable>(
        _ json: String, _ known: borrowing Mutex<[String: Value]>
    ) throws -> Value {
        if let value = known.withLock({ $0[json] }) { return value }
        let value = try JSONDecoder().decode(Value.self, from: Data(json.utf8))
        if json.utf8.count <= longest {
            known.withLock { known in
                if known.count >= most { known.removeAll() }
                known[json] = value
            }
        }
        return value
    }

    /// Forgets all that is remembered.
    func clear() {
        known.withLock { $0 = [:] }
        ofTags.withLock { $0 = [:] }
        ofAll.withLock { $0 = nil }
    }

    /// The JSON to store; nil for settings without any wish. Keys are sorted, so that equal settings are equal texts.
    static func json(_ settings: WatchSettings) throws -> String? {
        settings == WatchSettings() ? nil : try text(settings)
    }

    /// As the other one, for a tag.
    static func json(_ settings: TagSettings) throws -> String? {
        settings == TagSettings() ? nil : try text(settings)
    }

    private static func text(_ settings: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(settings), as: UTF8.self)
    }
}

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

    func settings(_ json: String?) throws -> WatchSettings {
        guard let json else { return WatchSettings() }
        if let settings = known.withLock({ $0[json] }) { return settings }
        let settings = try JSONDecoder().decode(WatchSettings.self, from: Data(json.utf8))
        if json.utf8.count <= Self.longest {
            known.withLock { known in
                if known.count >= Self.most { known.removeAll() }
                known[json] = settings
            }
        }
        return settings
    }

    /// Forgets all that is remembered.
    func clear() {
        known.withLock { $0 = [:] }
    }

    /// The JSON to store; nil for settings without any wish. Keys are sorted, so that equal settings are equal texts.
    static func json(_ settings: WatchSettings) throws -> String? {
        if settings == WatchSettings() { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(settings), as: UTF8.self)
    }
}

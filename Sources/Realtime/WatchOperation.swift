import Domain
import Logging
import Monitor

/// What a client can do to one watch over the socket; the incumbent's `watch_operation`, with more operations.
enum WatchOperation {
    struct Wish: Decodable, Sendable {
        var op: String?
        var uuid: String?
        /// What `set_paused` sets.
        var paused: Bool?
        /// The newest version that whoever says `viewed` has seen; without it the newest there is.
        var newestVersion: Int64?

        enum CodingKeys: String, CodingKey {
            case op, uuid, paused
            case newestVersion = "newest_version"
        }
    }

    private struct Refused: Error {
        let message: String
    }

    /// Does it, and returns the `operation_result` as JSON.
    static func perform(_ wish: Wish, _ actions: AskedActions, _ logger: Logger) async -> [UInt8] {
        do {
            guard let op = wish.op, let uuid = wish.uuid else { throw Refused(message: "Missing operation or UUID") }
            guard let id = WatchID(uuid) else { throw Refused(message: "Watch not found") }
            try await perform(op, id, wish, actions)
            return result(wish, nil)
        } catch let refused as Refused {
            return result(wish, refused.message)
        } catch let refused as NotAllowed {
            return result(wish, "\(refused)")
        } catch {
            logger.error("an operation failed", metadata: ["operation": "\(wish.op ?? "")", "error": "\(error)"])
            return result(wish, "\(error)")
        }
    }

    private static func perform(_ op: String, _ id: WatchID, _ wish: Wish, _ actions: AskedActions) async throws {
        let found =
            switch op {
            case "recheck": try await actions.recheckIfThere(id)
            case "pause": try await actions.edit(id) { $0.paused.toggle() } != nil
            case "unpause": try await actions.setPausedIfThere(id, false)
            case "set_paused": try await setPaused(id, wish, actions)
            case "mute": try await actions.edit(id) { $0.notificationMuted.toggle() } != nil
            case "unmute": try await actions.edit(id) { $0.notificationMuted = false } != nil
            case "viewed": try await actions.markViewed(id, upTo: wish.newestVersion.map { SnapshotVersion($0) })
            case "delete": try await !actions.delete([id]).isEmpty
            default: throw Refused(message: "Unknown operation: \(op.prefix(60))")
            }
        guard found else { throw Refused(message: "Watch not found") }
    }

    private static func setPaused(_ id: WatchID, _ wish: Wish, _ actions: AskedActions) async throws -> Bool {
        guard let paused = wish.paused else { throw Refused(message: "set_paused requires paused: true or false") }
        return try await actions.setPausedIfThere(id, paused)
    }

    private static func result(_ wish: Wish, _ error: String?) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("success", error == nil)
            json.field("operation", wish.op.map { String($0.prefix(60)) })
            json.field("uuid", wish.uuid.map { String($0.prefix(60)) })
            if let error { json.field("error", error) }
        }
        return json.bytes
    }
}

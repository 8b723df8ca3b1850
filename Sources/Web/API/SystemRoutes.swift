import Domain
import Foundation
import Hummingbird
import Monitor
import Storage

/// `/api/v1/systeminfo` and `/api/v1/tags`.
struct SystemRoutes<Context: RequestContext>: Sendable {
    /// A watch counts as overdue when it should have been checked this long ago, as in the incumbent.
    private static var grace: TimeInterval { 300 }

    let store: Store
    let queue: MemoryCheckQueue
    let about: About

    func add(to router: RouterGroup<Context>) {
        router.get("systeminfo") { _, _ in try await systemInfo() }
        router.get("tags") { _, _ in try await tags() }
    }

    private func systemInfo() async throws -> Response {
        let now = Date()
        let totals = try await store.totals()
        let overdue = try await store.due(at: now.addingTimeInterval(-Self.grace), after: nil, limit: 1000)
        return APIAnswer.json { json in
            json.object { json in
                json.field("all_muted", false)
                json.field("all_paused", totals.watches > 0 && totals.paused == totals.watches)
                json.field("base_url", about.baseURL)
                json.field("new_version_available", false)
                json.key("overdue_watches")
                json.array { json in for watch in overdue { json.string(watch.id.description) } }
                json.field("queue_size", queue.counts.length)
                json.field("tag_count", totals.tags)
                json.field("uptime", (now.timeIntervalSince(about.startedAt) * 1000).rounded() / 1000)
                json.field("version", about.version)
                json.field("watch_count", totals.watches)
            }
        }
    }

    private func tags() async throws -> Response {
        let tags = try await store.tags()
        return APIAnswer.json { json in
            json.object { json in
                for tag in tags {
                    json.key(tag.id.description)
                    json.object { json in
                        json.field("date_created", Int(tag.createdAt.timeIntervalSince1970))
                        json.field("notification_muted", false)
                        json.field("title", tag.title)
                        json.field("uuid", tag.id.description)
                    }
                }
            }
        }
    }
}

import Domain
import Foundation
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/api/v1/systeminfo`, `/api/v1/tags`, and `/api/v1/workers`, which is ours: how many checks run at once, changed
/// while it runs.
struct SystemRoutes<Context: AskingContext>: Sendable {
    /// As many as `FETCH_WORKERS` takes.
    private static var workerRange: ClosedRange<Int> { 1...1000 }
    /// A watch counts as overdue when it should have been checked this long ago, as in the incumbent.
    private static var grace: TimeInterval { 300 }

    let store: Store
    let queue: any CheckQueue
    let pool: WorkerPool
    let actions: WatchActions
    let about: About

    func add(to router: RouterGroup<Context>) {
        router.get("systeminfo") { _, _ in try await systemInfo() }
        router.get("tags") { _, _ in try await tags() }
        router.get("workers") { _, _ in await workers() }
        router.put("workers") { request, context in try await setWorkers(request, context) }
    }

    private func systemInfo() async throws -> Response {
        let now = Date()
        let totals = try await store.totals()
        let waiting = await queue.counts.length
        let overdue = try await store.due(at: now.addingTimeInterval(-Self.grace), after: nil, limit: 1000)
        return APIAnswer.json { json in
            json.object { json in
                json.field("all_muted", false)
                json.field("all_paused", totals.watches > 0 && totals.paused == totals.watches)
                json.field("base_url", about.baseURL)
                json.field("new_version_available", false)
                json.key("overdue_watches")
                json.array { json in for watch in overdue { json.string(watch.id.description) } }
                json.field("queue_size", waiting)
                json.field("tag_count", totals.tags)
                json.field("uptime", (now.timeIntervalSince(about.startedAt) * 1000).rounded() / 1000)
                json.field("version", about.version)
                json.field("watch_count", totals.watches)
            }
        }
    }

    private func workers() async -> Response {
        let status = await pool.status
        return APIAnswer.json { json in
            json.object { json in
                json.field("count", status.wanted)
                json.field("alive", status.alive)
                json.field("busy", status.busy)
            }
        }
    }

    /// Until the next start, which reads `FETCH_WORKERS` again.
    private func setWorkers(_ request: Request, _ context: Context) async throws -> Response {
        do {
            let fields = try await APIBody.object(request, context)
            guard case .integer(let count) = fields["count"], Self.workerRange.contains(count) else {
                throw InputError("count", "must be a whole number from 1 to \(Self.workerRange.upperBound)")
            }
            try await actions.asked(by: context.requester).setWorkers(count, of: pool)
            return await workers()
        } catch let error as InputError {
            return APIAnswer.invalid(error)
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
                        json.field("notification_muted", tag.notificationMuted)
                        json.field("title", tag.title)
                        json.field("uuid", tag.id.description)
                    }
                }
            }
        }
    }
}

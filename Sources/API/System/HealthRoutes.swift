import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import Storage
import WebCore

/// What those who look after it ask: is it alive, is it ready, what do the workers do, what waits.
///
/// `/worker-health`, `/queue-status` and `/gc-cleanup` answer as the incumbent's do, with more; `/healthz`, `/readyz`
/// and `/version` are for container platforms.
struct HealthRoutes<Context: RequestContext>: Sendable {
    /// Without a limit, no more than this many of a long queue are listed; the incumbent's rule.
    private static var unlimitedUpTo: Int { 100 }
    private static var standardLimit: Int { 50 }

    let queue: any CheckQueue
    let pool: WorkerPool
    let actions: WatchActions
    let readiness: Readiness
    let memory: MemoryRelease
    let budget: MemoryBudget
    let about: About

    func add(to router: Router<Context>) {
        router.get("healthz") { _, _ in APIAnswer.text(Array("ok\n".utf8)) }
        router.get("readyz") { _, _ in await ready() }
        router.get("version") { _, _ in APIAnswer.json { json in json.object { $0.field("version", about.version) } } }
        router.get("worker-health") { _, _ in await workerHealth() }
        router.get("queue-status") { request, _ in await queueStatus(request.uri.queryParameters) }
        router.get("gc-cleanup") { _, _ in try await cleanUp() }
    }

    private func ready() async -> Response {
        let parts = await readiness.parts()
        let isReady = parts.allSatisfy { $0.problem == nil }
        return APIAnswer.json(isReady ? .ok : .serviceUnavailable) { json in
            json.object { json in
                json.field("status", isReady ? "ready" : "not ready")
                json.key("parts")
                json.object { json in for part in parts { json.field(part.name, part.problem ?? "ok") } }
                let notes = readiness.notes
                if !notes.isEmpty {
                    json.key("notes")
                    json.array { json in for note in notes { json.string(note) } }
                }
            }
        }
    }

    private func workerHealth() async -> Response {
        let restarted = await pool.adjust()
        let status = await pool.status
        let kinds = await pool.statusByKind
        let running = await queue.snapshot().running
        let counts = await queue.counts
        let word = restarted > 0 ? "repaired" : status.alive == status.wanted ? "healthy" : "degraded"
        return APIAnswer.json { json in
            json.object { json in
                json.field("status", "success")
                json.key("worker_status")
                json.object { json in
                    json.field("worker_type", "async")
                    json.field("worker_count", status.alive)
                    json.key("running_uuids")
                    json.array { json in for claim in running { json.string(claim.check.watch.description) } }
                    json.field("active_threads", status.busy)
                    json.field("busy_workers", status.busy)
                    json.field("replaced_workers", status.replaced)
                    json.field("in_flight", status.inFlight)
                    json.field("in_flight_limit", queue.rules.inFlight)
                    json.field("fetching", counts.fetching)
                    json.field("comparing", counts.comparing)
                    json.field("storing", counts.storing)
                    json.key("fetchers")
                    json.object { json in
                        for (kind, slots) in kinds.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                            json.key(kind.rawValue)
                            json.object { json in
                                json.field("worker_count", slots.alive)
                                json.field("busy_workers", slots.busy)
                                json.field("expected_workers", slots.wanted)
                            }
                        }
                    }
                }
                json.key("lateness")
                json.object { json in lateness(&json) }
                json.key("health_check")
                json.object { json in
                    json.field("status", word)
                    json.field("expected_count", status.wanted)
                    json.field("actual_count", status.alive)
                    json.field("message", Self.message(status, restarted: restarted))
                    if restarted > 0 { json.field("restarted_workers", restarted) }
                }
                json.field("expected_workers", status.wanted)
                json.key("memory")
                json.object { json in
                    json.field("used_bytes", budget.used)
                    json.field("budget_bytes", budget.bytes)
                    json.field("pressure", budget.pressure.word)
                }
            }
        }
    }

    /// How late checks began in the last five minutes, in seconds.
    private func lateness(_ json: inout JSONWriter) {
        let late = readiness.lateness.summary
        json.field("window_seconds", Int(Lateness.window.seconds))
        json.field("checks", late.checks)
        json.field("p50_seconds", late.median)
        json.field("p95_seconds", late.p95)
        json.field("max_seconds", late.most)
    }

    private static func message(_ status: WorkerPool.Status, restarted: Int) -> String {
        if restarted > 0 { return "Restarted \(restarted) workers" }
        return status.alive == status.wanted
            ? "All \(status.wanted) workers are running" : "\(status.alive) of \(status.wanted) workers are running"
    }

    private func queueStatus(_ query: Parameters) async -> Response {
        let waiting = await queue.snapshot().waiting
        let counts = await queue.counts
        if let text = query["uuid"] { return position(of: String(text), in: waiting) }
        if query["summary"] != nil { return summary(of: waiting, counts) }
        guard
            let limit = Self.number(
                query["limit"], standard: waiting.count > Self.unlimitedUpTo ? Self.standardLimit : waiting.count),
            let offset = Self.number(query["offset"], standard: 0)
        else {
            return APIAnswer.invalid(InputError("limit, offset", "Must be whole numbers, 0 or more"))
        }
        return page(of: waiting, offset: offset, limit: limit)
    }

    private static func number(_ text: Substring?, standard: Int) -> Int? {
        guard let text, !text.isEmpty else { return standard }
        return Int(text).flatMap { $0 >= 0 ? $0 : nil }
    }

    private func page(of waiting: [QueuedCheck], offset: Int, limit: Int) -> Response {
        let slice = waiting.dropFirst(offset).prefix(limit)
        return APIAnswer.json { json in
            json.object { json in
                json.field("status", "success")
                json.field("queue_size", waiting.count)
                json.key("queued_data")
                json.object { json in
                    json.key("items")
                    json.array { json in
                        for (index, check) in slice.enumerated() {
                            json.object { json in
                                json.field("uuid", check.watch.description)
                                json.field("position", offset + index)
                                json.field("priority", check.priority.value)
                                json.field("enqueued_at", check.enqueuedAt.timeIntervalSince1970)
                            }
                        }
                    }
                    json.field("total_items", waiting.count)
                    json.field("returned_items", slice.count)
                    json.field("has_more", offset + slice.count < waiting.count)
                }
            }
        }
    }

    private func position(of text: String, in waiting: [QueuedCheck]) -> Response {
        guard let id = WatchID(text) else {
            return APIAnswer.invalid(InputError("uuid", "Must be the UUID of a watch"))
        }
        let index = waiting.firstIndex { $0.watch == id }
        return APIAnswer.json { json in
            json.object { json in
                json.field("status", "success")
                json.field("uuid", id.description)
                json.key("queue_position")
                json.object { json in
                    json.key("position")
                    if let index { json.number(index) } else { json.null() }
                    json.field("total_items", waiting.count)
                    json.key("priority")
                    if let index { json.number(waiting[index].priority.value) } else { json.null() }
                    json.field("found", index != nil)
                }
            }
        }
    }

    private func summary(of waiting: [QueuedCheck], _ counts: QueueCounts) -> Response {
        var breakdown: [Int64: Int] = [:]
        for check in waiting { breakdown[check.priority.value, default: 0] += 1 }
        return APIAnswer.json { json in
            json.object { json in
                json.field("status", "success")
                json.key("queue_summary")
                json.object { json in
                    json.field("total_items", waiting.count)
                    json.key("priority_breakdown")
                    json.object { json in
                        for (priority, count) in breakdown.sorted(by: { $0.key < $1.key }).prefix(200) {
                            json.field(String(priority), count)
                        }
                    }
                    json.field("immediate_items", breakdown[CheckPriority.person.value] ?? 0)
                    json.field("clone_items", breakdown[CheckPriority.clone.value] ?? 0)
                    json.field("scheduled_items", waiting.count { $0.priority.value > 100 })
                    json.field("parked_items", counts.parked)
                    json.field("running_items", counts.running)
                    if let first = waiting.first, let last = waiting.last {
                        json.field("min_priority", first.priority.value)
                        json.field("max_priority", last.priority.value)
                    }
                }
            }
        }
    }

    private func cleanUp() async throws -> Response {
        let released = try await memory.release()
        return APIAnswer.json { json in
            json.object { json in
                json.field("status", "success")
                json.field("message", "Released \(released.bytes) bytes to the system")
                json.key("result")
                json.null()
                json.field("released_bytes", released.bytes)
                json.field("resident_bytes_before", released.before)
                json.field("resident_bytes_after", released.after)
            }
        }
    }
}

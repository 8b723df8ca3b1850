import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import NIOCore
import Storage
import WebCore

/// Why a watch told a change or not: `GET /api/v1/watch/{uuid}/trace` for its newest checks, `POST
/// /api/v1/watch/{uuid}/explain` for what other settings would make of a version whose body is kept, and `GET
/// /api/v1/watch/{uuid}/prices` for what a shop said.
struct ExplainRoutes<Context: AskingContext>: Sendable {
    let store: Store
    let actions: WatchActions

    func add(to router: RouterGroup<Context>) {
        router.get("watch/{uuid}/trace") { request, context in try await traces(request, context) }
        router.get("watch/{uuid}/prices") { _, context in try await prices(context) }
        router.post("watch/{uuid}/explain") { request, context in try await explain(request, context) }
    }

    /// The newest checks; with `version` (a number, or `latest`) or `check` only that one.
    private func traces(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.watchID, let watch = try await store.watch(id) else {
            return WatchRoutes.notFound(context)
        }
        let query = request.uri.queryParameters
        if let name = query["version"] {
            let version = name == "latest" ? watch.state.newestVersion : SnapshotVersion(String(name))
            guard let version, let trace = try await store.trace(of: id, version: version) else {
                return APIAnswer.message(.notFound, "No history snapshot \"\(name.prefix(60))\" of this watch")
            }
            return APIAnswer.json { $0.raw(TraceDocument.json(trace)) }
        }
        if let name = query["check"] {
            guard let number = Int(name), let trace = try await store.trace(of: id, check: number) else {
                return APIAnswer.message(.notFound, "No check \"\(name.prefix(60))\" of this watch is stored")
            }
            return APIAnswer.json { $0.raw(TraceDocument.json(trace)) }
        }
        guard let limit = query["limit"].map({ Int($0) }) ?? 100, (1...1000).contains(limit) else {
            return APIAnswer.invalid(InputError("limit", "must be a whole number from 1 to 1000"))
        }
        let traces = try await store.traces(of: id, limit: limit)
        return APIAnswer.json { $0.raw(TraceDocument.json(traces)) }
    }

    private func prices(_ context: Context) async throws -> Response {
        guard let id = try? context.watchID, try await store.watch(id) != nil else {
            return WatchRoutes.notFound(context)
        }
        let points = try await store.prices(of: id, newest: 10_000)
        let summary = try await store.priceSummary(of: id)
        return APIAnswer.json { json in
            json.object { json in
                json.key("series")
                json.array { json in
                    for point in points {
                        json.object { json in
                            json.field("timestamp", Int(point.foundAt.timeIntervalSince1970))
                            Self.real("price", point.offer.price, to: &json)
                            json.key("in_stock")
                            if let isInStock = point.offer.isInStock { json.bool(isInStock) } else { json.null() }
                        }
                    }
                }
                json.field("currency", summary.current?.currency)
                Self.real("current", summary.current?.price, to: &json)
                Self.real("last_price", summary.lastPrice, to: &json)
                Self.real("all_time_low", summary.lowest, to: &json)
                Self.real("all_time_high", summary.highest, to: &json)
            }
        }
    }

    private static func real(_ name: String, _ value: Double?, to json: inout JSONWriter) {
        json.key(name)
        if let value { json.number(value) } else { json.null() }
    }

    /// The body may name a `version` (the newest when it does not) and any of a watch's settings, which are tried on it
    /// and not kept.
    private func explain(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.watchID, var watch = try await store.watch(id) else {
            return WatchRoutes.notFound(context)
        }
        do {
            var fields = try await APIBody.object(request, context)
            var version = watch.state.newestVersion
            if let named = fields.removeValue(forKey: "version") {
                if case .integer(let seconds) = named {
                    version = SnapshotVersion(Int64(seconds))
                } else if named != .string("latest") {
                    version = try SnapshotVersion(FieldValue.text(named, "version") ?? "")
                }
            }
            try WatchFields.fields.apply(fields, to: &watch)
            let asked = actions.asked(by: context.requester)
            guard let version, let explanation = try await asked.explain(watch, version: version) else {
                return APIAnswer.message(
                    .notFound, "The page of this version is no longer stored: only the newest versions keep it")
            }
            return APIAnswer.json { $0.raw(TraceDocument.json(explanation)) }
        } catch let error as InputError {
            return APIAnswer.invalid(error)
        } catch let error as FieldError {
            return APIAnswer.invalid(InputError([error]))
        }
    }
}

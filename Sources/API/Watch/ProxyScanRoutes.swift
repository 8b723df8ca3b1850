import Domain
import Fetchers
import Hummingbird
import Monitor
import WebCore

/// `GET /api/v1/watch/{uuid}/proxies`: fetches the watch's page directly and by every proxy of the settings, and tells
/// what came of each. Nothing is compared or stored.
struct ProxyScanRoutes<Context: AskingContext>: Sendable {
    let actions: WatchActions
    let proxies: ProxyScan

    func add(to router: RouterGroup<Context>) {
        router.get("watch/{uuid}/proxies") { _, context in try await answer(context) }
    }

    private func answer(_ context: Context) async throws -> Response {
        let asked = actions.asked(by: context.requester)
        do {
            guard let id = try? context.watchID, let findings = try await asked.tryProxies(proxies, on: id) else {
                return WatchRoutes.notFound(context)
            }
            return APIAnswer.json { json in
                json.array { json in for finding in findings { Self.write(finding, to: &json) } }
            }
        } catch let error as InputError {
            return APIAnswer.invalid(error)
        }
    }

    private static func write(_ finding: ProxyCheck.Finding, to json: inout JSONWriter) {
        json.object { json in
            json.field("proxy", finding.way.text)
            json.field("seconds", finding.duration.seconds)
            switch finding.result {
            case .success(let answer):
                json.field("status", answer.status)
                json.field("bytes", answer.bytes)
                json.field("error", nil)
            case .failure(let failure):
                json.field("error", failure.message)
                json.field("error_code", failure.code.rawValue)
            }
        }
    }
}

import Domain
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/settings`, for all watches.
struct SettingsRoutes: Sendable {
    let source: PageSource
    let actions: WatchActions
    let answer: PageAnswer

    func add(to router: some RouterMethods<WebContext>) {
        router.get("settings") { request, _ in
            let page = SettingsPage(try await source.store.settings(), notice: request.notice)
            return answer.html(page, try await source.frame())
        }
        router.post("settings") { request, _ in try await saveSettings(request) }
    }

    private func saveSettings(_ request: Request) async throws -> Response {
        let values = FormValues(try await FormBody(of: request))
        do {
            _ = try await actions.editSettings { settings in try SettingsPage.apply(values, to: &settings) }
            return answer.see("/settings", .saved)
        } catch let error as InputError {
            let page = SettingsPage(values: values, stored: try await source.store.settings(), errors: error.fields)
            return answer.html(page, try await source.frame(), status: .unprocessableContent)
        }
    }
}

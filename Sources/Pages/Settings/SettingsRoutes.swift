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
            var page = SettingsPage(try await source.store.settings(), notice: request.notice)
            page.edits = try await source.edits(of: .settings)
            return answer.html(page, try await source.frame())
        }
        router.post("settings") { request, context in try await saveSettings(request, context) }
    }

    private func saveSettings(_ request: Request, _ context: WebContext) async throws -> Response {
        let values = FormValues(try await FormBody(of: request))
        do {
            _ = try await actions.asked(by: context.requester).editSettings { settings in
                try SettingsPage.apply(values, to: &settings)
            }
            return answer.see("/settings", .saved)
        } catch let error as InputError {
            let page = SettingsPage(values: values, stored: try await source.store.settings(), errors: error.fields)
            return answer.html(page, try await source.frame(), status: .unprocessableContent)
        }
    }
}

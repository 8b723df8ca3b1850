import Domain
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/tags`, with the settings that each adds to its watches.
struct TagPageRoutes: Sendable {
    typealias Context = WebContext

    let source: PageSource
    let actions: WatchActions
    let answer: PageAnswer

    func add(to router: some RouterMethods<Context>) {
        router.get("tags") { request, _ in
            answer.html(try await tagsPage(request.notice), try await source.frame())
        }
        router.post("tags") { request, context in try await makeTag(request, context) }
        router.get("tags/{uuid}") { _, context in
            guard let tag = try await source.store.tag(try context.tagID) else { throw HTTPError(.notFound) }
            var page = TagPage(tag, all: try await source.store.settings())
            page.edits = try await source.edits(of: .tag(tag.id))
            return answer.html(page, try await source.frame())
        }
        router.post("tags/{uuid}") { request, context in try await saveTag(request, context) }
        router.post("tags/{uuid}/delete") { _, context in
            let isGone = try await actions.asked(by: context.requester).deleteTag(try context.tagID)
            return answer.see("/tags", isGone ? .tagDeleted : nil)
        }
    }

    private func tagsPage(_ notice: Notice? = nil) async throws -> TagsPage {
        TagsPage(tags: try await source.store.tags(), counts: try await source.store.tagCounts(), notice: notice)
    }

    private func makeTag(_ request: Request, _ context: Context) async throws -> Response {
        let title = try await FormBody(of: request)["title"] ?? ""
        do {
            return answer.see("/tags/\(try await actions.asked(by: context.requester).makeTag(title).id)")
        } catch let error as InputError {
            var page = try await tagsPage()
            page.draft = (title, error.fields)
            return answer.html(page, try await source.frame(), status: .unprocessableContent)
        }
    }

    private func saveTag(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.tagID
        let values = FormValues(try await FormBody(of: request))
        guard let tag = try await source.store.tag(id) else { throw HTTPError(.notFound) }
        do {
            let edited = try await actions.asked(by: context.requester).editTag(id) { tag in
                try TagPage.apply(values, to: &tag)
            }
            guard edited != nil else { throw HTTPError(.notFound) }
            return answer.see("/tags", .saved)
        } catch let error as InputError {
            let page = TagPage(
                id: id, name: tag.title, values: values, errors: error.fields, all: try await source.store.settings())
            return answer.html(page, try await source.frame(), status: .unprocessableContent)
        }
    }
}

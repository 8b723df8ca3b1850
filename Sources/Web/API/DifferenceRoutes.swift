import Detection
import Domain
import HTTPTypes
import Hummingbird
import Storage

/// `/api/v1/watch/{uuid}/difference/{from}/{to}`: two versions compared, with all the options of the incumbent's API, and
/// besides them `format=patch`, `ignoreCase` and `rows`, the most rows that are shown.
struct DifferenceRoutes: Sendable {
    typealias Context = WebContext

    /// The most rows when nobody says how many, and when somebody does: a text of 64 MB has millions.
    private static let usualRows = 100_000
    private static let mostRows = 1_000_000

    let store: Store
    let threads: PageThreads

    func add(to router: RouterGroup<Context>) {
        router.get("watch/{uuid}/difference/{from}/{to}") { request, context in try await compare(request, context) }
    }

    private func compare(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.watchID, let watch = try await store.watch(id) else {
            return WatchRoutes.notFound(context)
        }
        let query = request.uri.queryParameters
        let rendering: DiffRendering
        do {
            rendering = try Self.rendering(query)
        } catch {
            return APIAnswer.invalid(InputError([error]))
        }
        let toName = context.parameters.get("to") ?? "", fromName = context.parameters.get("from") ?? ""
        let to = toName == "latest" ? watch.state.newestVersion : SnapshotVersion(toName)
        guard let to else { return Self.missing(toName) }
        let from =
            fromName == "previous"
            ? try await store.neighbours(of: id, version: to).previous : SnapshotVersion(fromName)
        guard let from else { return Self.missing(fromName) }
        let options = LineDiff.Options(
            ignoreWhitespace: Self.flag(query, "ignoreWhitespace", standard: false),
            ignoreCase: Self.flag(query, "ignoreCase", standard: false))
        return try await threads.turn(of: "\(id) \(from) \(to) api", unless: context.clientGone) {
            guard let new = try await store.text(of: id, version: to) else { return Self.missing(toName) }
            guard let old = try await store.text(of: id, version: from) else { return Self.missing(fromName) }
            let text = try await threads.run { rendering.render(LineDiff(from: old, to: new, options: options)) }
            // Page text stays text: what a browser would run as a page is never sent as one.
            return APIAnswer.text(text)
        }
    }

    private static func missing(_ name: String) -> Response {
        APIAnswer.message(.notFound, "No history snapshot \"\(name.prefix(60))\" of this watch")
    }

    private static func rendering(_ query: Parameters) throws(FieldError) -> DiffRendering {
        var rendering = DiffRendering()
        let format = query["format"].map(String.init) ?? "text"
        guard let known = DiffRendering.Format(rawValue: format) else {
            let words = DiffRendering.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldError("format", "Invalid format, it is one of \(words)")
        }
        let type = query["type"].map(String.init) ?? "diffLines"
        guard ["diffLines", "diffWords"].contains(type) else {
            throw FieldError("type", "Invalid type, it is one of diffLines, diffWords")
        }
        if let rows = query["rows"] {
            guard let count = Int(rows), (1...mostRows).contains(count) else {
                throw FieldError("rows", "a whole number from 1 to \(mostRows) is needed")
            }
            rendering.mostRows = count
        } else {
            rendering.mostRows = usualRows
        }
        rendering.format = known
        rendering.marksWords = type == "diffWords" || flag(query, "word_diff", standard: false)
        rendering.hasMarkup = !flag(query, "no_markup", standard: false)
        rendering.showsSame = !flag(query, "changesOnly", standard: false)
        rendering.showsRemoved = flag(query, "removed", standard: true)
        rendering.showsAdded = flag(query, "added", standard: true)
        rendering.showsChanged = flag(query, "replaced", standard: true)
        return rendering
    }

    /// As the incumbent reads flags: true, 1, yes and on are yes.
    private static func flag(_ query: Parameters, _ name: String, standard: Bool) -> Bool {
        guard let value = query[Substring(name)] else { return standard }
        return ["true", "1", "yes", "on", "y", "t"].contains(value.lowercased())
    }
}

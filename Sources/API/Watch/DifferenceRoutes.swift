import Differences
import Domain
import HTTPTypes
import Hummingbird
import Storage
import WebCore

/// `/api/v1/watch/{uuid}/difference/{from}/{to}`: two versions compared, with all the options of the incumbent's API,
/// and besides them `format=patch`, `ignoreCase` and `rows`, the most rows that are shown.
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
        let options: LineDiff.Options
        do throws(FieldError) {
            rendering = try Self.rendering(query)
            options = LineDiff.Options(
                ignoreWhitespace: try Self.flag(query, "ignoreWhitespace", standard: false),
                ignoreCase: try Self.flag(query, "ignoreCase", standard: false))
        } catch {
            return APIAnswer.invalid(InputError([error]))
        }
        let toName = context.parameters.get("to") ?? "", fromName = context.parameters.get("from") ?? ""
        guard let to = try await version(toName, of: watch, before: watch.state.newestVersion) else {
            return Self.missing(toName)
        }
        guard let from = try await version(fromName, of: watch, before: to) else { return Self.missing(fromName) }
        guard from < to else { return Self.wrongOrder(fromName, toName, isSame: from == to) }
        return try await threads.turn(of: "\(id) \(from) \(to) api", unless: context.clientGone) {
            guard let new = try await store.text(of: id, version: to) else { return Self.missing(toName) }
            guard let old = try await store.text(of: id, version: from) else { return Self.missing(fromName) }
            let text = try await threads.run { rendering.render(LineDiff(from: old, to: new, options: options)) }
            // Page text stays text: what a browser would run as a page is never sent as one.
            return APIAnswer.text(text)
        }
    }

    /// The version that a name means: `latest`, `previous` for the one before `later`, or its number.
    private func version(
        _ name: String, of watch: Watch, before later: SnapshotVersion?
    ) async throws -> SnapshotVersion? {
        switch name {
        case "latest": return watch.state.newestVersion
        case "previous":
            guard let later else { return nil }
            return try await store.neighbours(of: watch.id, version: later).previous
        default: return SnapshotVersion(name)
        }
    }

    private static func wrongOrder(_ from: String, _ to: String, isSame: Bool) -> Response {
        let from = from.prefix(60), to = to.prefix(60)
        let why =
            isSame
            ? "\"\(from)\" and \"\(to)\" are the same version: name an older one first"
            : "\"\(from)\" is newer than \"\(to)\": the older version comes first, difference/\(to)/\(from)"
        return APIAnswer.message(.badRequest, why)
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
        let wantsWords = try flag(query, "word_diff", standard: false)
        rendering.marksWords = type == "diffWords" || wantsWords
        rendering.hasMarkup = try !flag(query, "no_markup", standard: false)
        rendering.showsSame = try !flag(query, "changesOnly", standard: false)
        rendering.showsRemoved = try flag(query, "removed", standard: true)
        rendering.showsAdded = try flag(query, "added", standard: true)
        rendering.showsChanged = try flag(query, "replaced", standard: true)
        return rendering
    }

    /// As the incumbent reads flags: true, 1, yes and on are yes, nothing behind the name is no. Any other word is
    /// refused by name, since taken for no it would answer another question than was asked.
    private static func flag(_ query: Parameters, _ name: String, standard: Bool) throws(FieldError) -> Bool {
        guard let value = query[Substring(name)] else { return standard }
        switch value.lowercased() {
        case "true", "1", "yes", "on", "y", "t": return true
        case "false", "0", "no", "off", "n", "f", "": return false
        default: throw FieldError(name, "true or false is needed")
        }
    }
}

import Domain
import Hummingbird
import Logging
import Monitor
import Storage
import Testing
import WebCore
import WebTestSupport

@testable import API

/// Holds docs/api.yaml to the routes that there are, and to the fields that they tell and take.
@Suite("The document of the API")
struct APIDocumentTests {
    /// All routes, as the program has them, as `GET /path`.
    private static func routes(_ ground: Ground) -> Set<String> {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (store, queue) = (ground.store, ground.queue)
        let pool = WorkerPool(queue: queue, logger: logger, giveBack: { _ in }, check: { _ in })
        let recorder = Recorder(
            store: store, queue: queue, bus: SignalBus(), holds: HostHolds(), rule: DueRule(minimum: .seconds(3)),
            logger: logger)
        let readiness = Readiness(
            store: store, scheduler: Scheduler(store: store, queue: queue, logger: logger), pool: pool,
            recorder: recorder, queue: queue, progress: QueueProgress())
        let routes = APIRoutes(
            machine: APIRoutes.Machine(
                store: store, queue: queue, pool: pool, actions: ground.actions, proxies: ground.proxies,
                readiness: readiness, memory: MemoryRelease(store: store, releaseCaches: {}),
                budget: MemoryBudget(bytes: 1_000_000_000)),
            threads: PageThreads(), about: About(version: "1", startedAt: Ground.now, baseURL: nil), key: "key",
            base: "")
        let router = Router(context: WebContext.self)
        routes.add(to: router)
        return Set(router.routes.map { "\($0.method) \($0.path)" })
    }

    @Test("it has every route, and no other")
    func paths() async throws {
        let paths = try DocumentTree.api()["paths"]
        let methods: Set = ["get", "put", "post", "delete", "patch"]
        let documented = paths.keys.flatMap { path in
            paths[path].keys.filter(methods.contains).map { "\($0.uppercased()) \(path)" }
        }
        #expect(documented.count > 20)
        try await Ground.run { ground in
            let routes = Self.routes(ground)
            #expect(routes.subtracting(documented).sorted() == [], "docs/api.yaml lacks these")
            #expect(Set(documented).subtracting(routes).sorted() == [], "docs/api.yaml has these without a route")
        }
    }

    @Test("it has every field of a watch, what it is told as, and whether it can be written")
    func watch() throws {
        var watch = Watch(url: "https://example.org", createdAt: Ground.now)
        watch.settings.timing.schedule.timeZone = "Europe/Berlin"
        try compare(WatchFields.fields.all, "Watch", of: watch)
    }

    @Test("it has every field of a tag, what it is told as, and whether it can be written")
    func tag() throws {
        var tag = Domain.Tag(title: "News", createdAt: Ground.now)
        tag.settings.timing.schedule.timeZone = "Europe/Berlin"
        try compare(TagFields.fields.all, "Tag", of: tag)
    }

    private func compare<Root>(_ fields: [APIField<Root>], _ schema: String, of root: Root) throws {
        let schemas = try DocumentTree.api()["components"]["schemas"]
        let properties = schemas[schema]["properties"]
        #expect(Set(properties.keys) == Set(fields.map(\.name)))
        for field in fields {
            let property = properties[field.name]
            #expect((property["readOnly"].value == "true") == (field.write == nil), "\(field.name)")
            try compare(field.read(root), property, schemas, field.name)
        }
    }

    /// The document says that `value` may be told so; and of an object, that each part may.
    private func compare(
        _ value: JSONValue, _ property: DocumentTree, _ schemas: DocumentTree, _ name: String
    ) throws {
        let reference = property["$ref"].value.split(separator: "/").last.map { $0.filter(\.isLetter) }
        let property = reference.map { schemas[$0] } ?? property
        let types = property["type"].words
        #expect(!types.isDisjoint(with: Self.types(of: value)), "\(name) is told as \(value), not as \(types)")
        guard case .object(let parts) = value, !property["properties"].keys.isEmpty else { return }
        #expect(Set(property["properties"].keys) == Set(parts.keys), "\(name)")
        for (key, value) in parts { try compare(value, property["properties"][key], schemas, "\(name).\(key)") }
    }

    private static func types(of value: JSONValue) -> Set<String> {
        switch value {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .integer: ["integer", "number"]
        case .number: ["number"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }
}

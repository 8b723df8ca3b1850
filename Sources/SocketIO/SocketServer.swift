public import EngineIO
public import Logging
import Metrics
import NIOConcurrencyHelpers
public import NIOCore

/// A Socket.IO server: namespaces over one Engine.IO engine.
///
/// It owns no port. `engine` is mounted on an HTTP server with `EngineHTTPHandler`, or on a port of its own with
/// `EngineListener`.
public final class SocketServer: Sendable {
    /// Makes the adapter of a namespace, given the namespace's name and its rooms in this process.
    public typealias AdapterFactory = @Sendable (String, LocalRooms) -> any Adapter

    public let engine: Engine
    private let directory: NamespaceDirectory
    private let loops: [any EventLoop]
    private let makeAdapter: AdapterFactory

    /// Makes a server for connections on the event loops of `group`, and of no others.
    public init(
        group: any EventLoopGroup, configuration: SocketConfiguration = .init(),
        logger: Logger = Logger(label: "socketio"),
        adapter: @escaping AdapterFactory = { _, rooms in MemoryAdapter(rooms) }
    ) {
        let directory = NamespaceDirectory(configuration: configuration, logger: logger)
        self.directory = directory
        loops = Array(group.makeIterator())
        makeAdapter = adapter
        engine = Engine(configuration: configuration.engine, logger: logger) { connection in
            Client(connection, directory: directory)
        }
    }

    /// The namespace of this name, made if it is new; its name begins with a slash, and `/` is the default one.
    @discardableResult
    public func namespace(_ name: String = "/") -> Namespace {
        if let known = directory.namespace(name) { return known }
        let rooms = LocalRooms(loops: loops, limits: directory.configuration.limits)
        let made = Namespace(
            name: name, rooms: rooms, adapter: makeAdapter(name, rooms), logger: directory.logger)
        return directory.add(made)
    }

    /// Ends every connection as "server shutting down", refuses new ones, and returns when nothing of them is left or
    /// when `grace` is over.
    public func shutdown(grace: TimeAmount = .seconds(2)) async {
        await engine.shutdown(grace: grace)
        for namespace in directory.all { await namespace.adapter.close() }
    }
}

/// The namespaces that exist, and what all clients share.
final class NamespaceDirectory: Sendable {
    let configuration: SocketConfiguration
    let logger: Logger
    let metrics = SocketMetrics()
    private let namespaces = NIOLockedValueBox<[String: Namespace]>([:])

    init(configuration: SocketConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    func namespace(_ name: String) -> Namespace? {
        namespaces.withLockedValue { $0[name] }
    }

    /// Adds a namespace; the first of a name stays.
    func add(_ namespace: Namespace) -> Namespace {
        namespaces.withLockedValue { namespaces in
            if let known = namespaces[namespace.name] { return known }
            namespaces[namespace.name] = namespace
            return namespace
        }
    }

    var all: [Namespace] { namespaces.withLockedValue { Array($0.values) } }
}

/// What a server reports through swift-metrics, beside what its engine does.
struct SocketMetrics: Sendable {
    let eventsReceived = Counter(label: "socketio_events", dimensions: [("direction", "in")])
}

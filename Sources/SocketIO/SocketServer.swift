public import EngineIO
public import Logging
import NIOConcurrencyHelpers
public import NIOCore
public import NIOPosix

/// A Socket.IO server: namespaces over one Engine.IO engine.
///
/// It owns no port. `engine` is mounted on an HTTP server with `EngineHTTPHandler`, or on a port of its own with
/// `EngineListener`.
public final class SocketServer: Sendable {
    /// Makes the adapter of a namespace, given the namespace's name and its rooms in this process.
    public typealias AdapterFactory = @Sendable (String, LocalRooms) -> any Adapter

    public let engine: Engine
    private let directory: NamespaceDirectory
    private let births = NIOLockedValueBox<[@Sendable (Namespace) -> Void]>([])

    /// Makes a server for connections on the event loops of `group`, and of no others; without one those that NIO and
    /// Hummingbird use too when nothing else is said.
    public init(
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup, configuration: SocketConfiguration = .init(),
        logger: Logger = Logger(label: "socketio"),
        adapter: @escaping AdapterFactory = { _, rooms in MemoryAdapter(rooms) }
    ) {
        let agendas = group.makeIterator().map { LoopAgenda($0) }
        let metrics = SocketMetrics()
        let directory = NamespaceDirectory(
            configuration: configuration, logger: logger, metrics: metrics
        ) { [births] name in
            let rooms = LocalRooms(agendas: agendas, configuration: configuration, metrics: metrics)
            let namespace = Namespace(name: name, rooms: rooms, adapter: adapter(name, rooms), logger: logger)
            for hook in births.withLockedValue({ $0 }) { hook(namespace) }
            return namespace
        }
        self.directory = directory
        engine = Engine(configuration: configuration.engine, logger: logger) { connection in
            Client(connection, directory: directory)
        }
        for agenda in agendas { agenda.serve(engine) }
    }

    /// The namespace of this name, made if it is new; its name begins with a slash, and `/` is the default one.
    @discardableResult
    public func namespace(_ name: String = "/") -> Namespace {
        directory.fixed(name)
    }

    /// Lets clients connect to any namespace whose name fits `pattern`; each is set up by `setUp` when it comes into
    /// being.
    @discardableResult
    public func namespaces(
        matching pattern: NamespacePattern, setUp: @escaping @Sendable (Namespace) -> Void
    ) -> NamespaceFamily {
        namespaces(where: { name, _ in pattern.matches(name) }, setUp: setUp)
    }

    /// Lets clients connect to any namespace that `admits` says yes to, given its name and the JSON object that the
    /// client sent along; each is set up by `setUp` when it comes into being.
    @discardableResult
    public func namespaces(
        where admits: @escaping @Sendable (String, ByteBuffer?) async -> Bool,
        setUp: @escaping @Sendable (Namespace) -> Void
    ) -> NamespaceFamily {
        let family = NamespaceFamily(admits: admits, setUp: setUp) { [directory] in directory.children(of: $0) }
        directory.add(family)
        return family
    }

    /// Calls `hook` with each namespace there is, and with each that comes into being, before any socket is in it.
    package func onNamespace(_ hook: @escaping @Sendable (Namespace) -> Void) {
        births.withLockedValue { $0.append(hook) }
        for namespace in directory.all { hook(namespace) }
    }

    /// The namespaces that there are now.
    package var namespaces: [Namespace] { directory.all }

    /// Ends every connection as "server shutting down", refuses new ones, and returns when nothing of them is left or
    /// when `grace` is over.
    public func shutdown(grace: TimeAmount = .seconds(2)) async {
        await engine.shutdown(grace: grace)
        for namespace in directory.all { await namespace.adapter.close() }
    }
}

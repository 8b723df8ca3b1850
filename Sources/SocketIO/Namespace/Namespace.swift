import EngineIO
import Foundation
import Logging
import NIOConcurrencyHelpers
public import NIOCore

/// Thrown by a middleware to refuse a client; what the client's `connect_error` shows.
public struct ConnectionRefused: Error, Sendable {
    public let message: String
    /// More for the client's program, as JSON.
    public let data: ByteBuffer?

    public init(_ message: String) {
        self.message = message
        data = nil
    }

    public init(_ message: String, data: some Encodable) throws {
        self.message = message
        self.data = ByteBuffer(bytes: try JSONEncoder().encode(data))
    }

    static let invalidNamespace = ConnectionRefused("Invalid namespace")

    /// The same for clients of version 3, which take the data alone, or the message.
    var jsonForVersion3: ByteBuffer {
        if self.message == Self.invalidNamespace.message { return json }
        return data ?? ByteBuffer(string: JSONText.quoted(message))
    }

    /// The payload of CONNECT_ERROR, an object because clients read its `message`.
    var json: ByteBuffer {
        var text = ByteBuffer(string: #"{"message":"# + JSONText.quoted(message))
        if let data {
            text.writeString(#","data":"#)
            text.writeImmutableBuffer(data)
        }
        text.writeString("}")
        return text
    }
}

/// What an application does in a namespace.
struct NamespaceHandlers: Sendable {
    typealias EventHandler = @Sendable (Socket, Event) async throws -> EncodedArguments?

    var middlewares: [@Sendable (Socket) async throws -> Void] = []
    var onConnection: (@Sendable (Socket) async -> Void)?
    var onDisconnecting: (@Sendable (Socket, DisconnectReason, Set<String>) async -> Void)?
    var onDisconnect: (@Sendable (Socket, DisconnectReason, Set<String>) async -> Void)?
    var onError: (@Sendable (Socket, any Error) async -> Void)?
    var incoming: [@Sendable (Socket, Event) -> Void] = []
    var outgoing: [@Sendable (Socket, Event) -> Void] = []
    var serverEvents: [String: @Sendable (Arguments) async throws -> Acknowledgement] = [:]
    var events: [String: EventHandler] = [:]
    var anyEvent: EventHandler?
    var watcher: SocketWatcher?
    let logger: Logger

    /// Asks the middlewares in order; the first that throws decides.
    func admit(_ socket: Socket) async -> ConnectionRefused? {
        for middleware in middlewares {
            do {
                try await middleware(socket)
            } catch let refusal as ConnectionRefused {
                return refusal
            } catch {
                logger.error("A middleware failed", metadata: ["error": "\(error)"])
                return ConnectionRefused("Internal error")
            }
        }
        return nil
    }

    /// An event whose handler threw is not acknowledged: the client's own timeout tells it.
    func failed(_ event: Event, _ error: any Error) {
        logger.warning("An event's handler failed", metadata: ["event": "\(event.name)", "error": "\(error)"])
    }
}

/// One communication channel of a server: who may join it, what its events do, who is in its rooms.
///
/// Set it up before the server is reachable; what is added later holds for sockets that join later.
public final class Namespace: Sendable {
    public let name: String
    /// The rooms in this process.
    public let rooms: LocalRooms
    public let adapter: any Adapter
    private let setUp: NIOLockedValueBox<NamespaceHandlers>

    init(name: String, rooms: LocalRooms, adapter: any Adapter, logger: Logger) {
        self.name = name
        self.rooms = rooms
        self.adapter = adapter
        setUp = NIOLockedValueBox(NamespaceHandlers(logger: logger))
        rooms.onServerEvent { [setUp] event in
            let handlers = setUp.withLockedValue { $0 }
            guard let handler = handlers.serverEvents[event.name] else { return nil }
            do {
                return try await handler(event.arguments)
            } catch {
                handlers.failed(event, error)
                return nil
            }
        }
    }

    var handlers: NamespaceHandlers { setUp.withLockedValue { $0 } }

    // MARK: who may join

    /// Adds a check of each client that wants to join; by throwing `ConnectionRefused` it says why not.
    public func use(_ middleware: @escaping @Sendable (Socket) async throws -> Void) {
        setUp.withLockedValue { $0.middlewares.append(middleware) }
    }

    /// Is called with each socket that has joined, before any of its events.
    public func onConnection(_ hook: @escaping @Sendable (Socket) async -> Void) {
        setUp.withLockedValue { $0.onConnection = hook }
    }

    /// Is called with each socket that leaves, after all its events and before `onDisconnect`, with the rooms that it
    /// was in; for applications that part the two as other servers do.
    public func onDisconnecting(_ hook: @escaping @Sendable (Socket, DisconnectReason, Set<String>) async -> Void) {
        setUp.withLockedValue { $0.onDisconnecting = hook }
    }

    /// Is called when a client breaks the rules, before it is put out, and when a middleware of a socket refuses an
    /// event or a handler throws.
    public func onError(_ hook: @escaping @Sendable (Socket, any Error) async -> Void) {
        setUp.withLockedValue { $0.onError = hook }
    }

    /// Is called with each socket that has left, after all its events, with the rooms that it was in.
    public func onDisconnect(_ hook: @escaping @Sendable (Socket, DisconnectReason, Set<String>) async -> Void) {
        setUp.withLockedValue { $0.onDisconnect = hook }
    }

    /// Is called when a room gets its first member (true) or loses its last (false), in order; must not block.
    public func onRoomChange(_ observer: @escaping @Sendable (_ room: String, _ isOccupied: Bool) -> Void) {
        rooms.observe(observer)
    }

    /// Is called on its event loop for each socket that enters (true) or leaves a room; must not block.
    public func onMembershipChange(
        _ observer: @escaping @Sendable (_ id: String, _ room: String, _ isIn: Bool) -> Void
    ) {
        rooms.observeMembership(observer)
    }

    /// Has `watcher` hear what becomes of sockets that join from now on.
    package func watch(_ watcher: SocketWatcher) {
        setUp.withLockedValue { $0.watcher = watcher }
    }

    // MARK: all events

    /// Hears every event of every socket before its handler does.
    public func onIncoming(_ listener: @escaping @Sendable (Socket, Event) -> Void) {
        setUp.withLockedValue { $0.incoming.append(listener) }
    }

    /// Hears every event that is sent to a socket, broadcasts too, on the socket's event loop; must not block. Holds
    /// for sockets that join later.
    public func onOutgoing(_ listener: @escaping @Sendable (Socket, Event) -> Void) {
        setUp.withLockedValue { $0.outgoing.append(listener) }
    }

    // MARK: events

    /// Handles an event with arguments of these types; what the handler returns acknowledges it: one value, or any
    /// number of them as an `Acknowledgement`; an optional one that is nil does not acknowledge.
    public func on<each Argument: Decodable & SendableMetatype, Answer: Encodable & SendableMetatype>(
        _ event: String,
        _ handler: @escaping @Sendable (Socket, repeat each Argument) async throws -> Answer
    ) {
        let isWhole = Answer.self == Acknowledgement.self || Answer.self == Acknowledgement?.self
        set(event) { socket, event in
            var index = -1
            func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
                index += 1
                return try event.arguments.decode(type, at: index)
            }
            let value = try await handler(socket, repeat try next((each Argument).self))
            if isWhole { return (value as? Acknowledgement)?.encoded }
            var answer = EncodedArguments()
            try answer.append(value)
            return answer
        }
    }

    /// Handles an event with arguments of these types; it is acknowledged without arguments.
    public func on<each Argument: Decodable & SendableMetatype>(
        _ event: String,
        _ handler: @escaping @Sendable (Socket, repeat each Argument) async throws -> Void
    ) {
        set(event) { socket, event in
            var index = -1
            func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
                index += 1
                return try event.arguments.decode(type, at: index)
            }
            try await handler(socket, repeat try next((each Argument).self))
            return EncodedArguments()
        }
    }

    /// Handles an event with its arguments as they came; nil does not acknowledge it.
    public func onRaw(
        _ event: String, _ handler: @escaping @Sendable (Socket, Event) async throws -> Acknowledgement?
    ) {
        set(event) { socket, event in try await handler(socket, event)?.encoded }
    }

    /// Handles every event that has no handler of its own; nil does not acknowledge it.
    public func onAny(_ handler: @escaping @Sendable (Socket, Event) async throws -> Acknowledgement?) {
        setUp.withLockedValue { $0.anyEvent = { socket, event in try await handler(socket, event)?.encoded } }
    }

    private func set(_ event: String, _ handler: @escaping NamespaceHandlers.EventHandler) {
        setUp.withLockedValue { $0.events[event] = handler }
    }

    // MARK: other servers

    /// Handles an event of the other servers of this namespace; what it returns answers `serverAsk`.
    public func onServerEvent(
        _ event: String, _ handler: @escaping @Sendable (Arguments) async throws -> Acknowledgement
    ) {
        setUp.withLockedValue { $0.serverEvents[event] = handler }
    }

    /// Sends an event to the other servers of this namespace; not to this one, and to no client.
    public func serverEmit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        adapter.serverEmit(try Self.serverEvent(encoded))
    }

    /// Asks the other servers of this namespace; one answer for each that gave one in time.
    public func serverAsk<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, timeout: TimeAmount = .seconds(5)
    ) async throws -> [Arguments] {
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        return try await adapter.serverAsk(try Self.serverEvent(encoded), timeout: timeout)
    }

    private static func serverEvent(_ encoded: EncodedArguments) throws -> ServerEvent {
        let attachments = encoded.attachments.isEmpty ? nil : encoded.attachments
        return try Event(payload: encoded.closed, attachments: attachments)
    }

    // MARK: sending

    /// The members of these rooms; a socket's identifier is a room too.
    public func to(_ rooms: String...) -> BroadcastTarget {
        to(rooms)
    }

    /// The members of these rooms; each hears it once, however many of the rooms it is in.
    public func to(_ rooms: [String]) -> BroadcastTarget {
        BroadcastTarget(namespace: self, target: Target(rooms: rooms))
    }

    /// Everyone but the members of these rooms.
    public func except(_ rooms: String...) -> BroadcastTarget {
        BroadcastTarget(namespace: self, target: Target(except: rooms))
    }

    /// Everyone in the namespace.
    public var everyone: BroadcastTarget { BroadcastTarget(namespace: self, target: Target()) }

    /// Whether a room has members in this process; cheap, and callable from anywhere.
    public func hasMembers(_ room: String) -> Bool {
        rooms.hasMembers(room)
    }
}

/// The answer to an event of any shape: any number of arguments.
public struct Acknowledgement: Sendable {
    var encoded = EncodedArguments()

    public static let empty = Acknowledgement()

    public init() {}

    /// Answers with these arguments.
    public init<each Argument: Encodable>(_ arguments: repeat each Argument) throws {
        repeat try encoded.append(each arguments)
    }

    /// Answers with one argument that is JSON already.
    public init(rawJSON: ByteBuffer) {
        encoded.append(rawJSON: rawJSON)
    }

    /// Answers with arguments as they came, attachments included.
    public init(_ arguments: Arguments) throws {
        try encoded.append(arguments)
    }
}

/// A handler may return it like any other value; as a part of one it has no meaning, for it stands for several.
extension Acknowledgement: Encodable {
    public func encode(to encoder: any Encoder) throws {
        let reason = "an Acknowledgement is all that a handler returns, not a part of it"
        throw EncodingError.invalidValue(self, .init(codingPath: encoder.codingPath, debugDescription: reason))
    }
}

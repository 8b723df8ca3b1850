public import EngineIO
public import Foundation
import Logging
import NIOConcurrencyHelpers
public import NIOCore
import NIOFoundationCompat
public import NIOHTTP1

/// What is known of a client when it asks to join a namespace.
public struct Handshake: Sendable {
    /// The HTTP request that began the connection.
    public let request: HandshakeRequest
    /// The JSON object that the client sent with its CONNECT.
    public let auth: ByteBuffer?
    public let issued: Date

    public var headers: HTTPHeaders { request.headers }

    /// The first value of a key of the query.
    public func query(_ name: String) -> String? {
        request.query.first { $0.name == name }?.value
    }

    /// Decodes what the client sent with its CONNECT; an empty object when it sent nothing.
    public func decodeAuth<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: auth.map { Data(buffer: $0) } ?? Data("{}".utf8))
    }
}

/// One client in one namespace.
///
/// Safe to use from anywhere. What it does happens in order on the event loop of its connection; its events are handled
/// one after the other, those of different sockets at the same time.
public final class Socket: Sendable {
    /// Names the socket; also a room with only it inside. Not a secret.
    public let id: String
    public let namespace: Namespace
    public let handshake: Handshake
    private let loop: any EventLoop
    private let core: NIOLoopBound<SocketCore>
    private let client: NIOLoopBound<Client>
    private let inbox: Inbox
    private let values = NIOLockedValueBox<[ObjectIdentifier: any Sendable]>([:])
    private let connected = NIOLockedValueBox(false)

    init(
        core: SocketCore, namespace: Namespace, handshake: Handshake, client: Client, loop: any EventLoop,
        limits: SocketLimits
    ) {
        id = core.id
        self.namespace = namespace
        self.handshake = handshake
        self.loop = loop
        self.core = NIOLoopBound(core, eventLoop: loop)
        let bound = NIOLoopBound(client, eventLoop: loop)
        self.client = bound
        inbox = Inbox(limits: limits) { isFull in
            loop.execute { bound.value.inboxChanged(isFull: isFull) }
        }
    }

    /// Whether the client is still there, as far as is known.
    public var isConnected: Bool { connected.withLockedValue { $0 } }

    // MARK: values

    /// A value that the application keeps with the socket, by a type that serves as its key.
    public subscript<Key: SocketKey>(key: Key.Type) -> Key.Value? {
        get { values.withLockedValue { $0[ObjectIdentifier(key)] as? Key.Value } }
        set { values.withLockedValue { $0[ObjectIdentifier(key)] = newValue } }
    }

    // MARK: rooms

    /// Enters rooms; beyond the limit of rooms per socket the call does nothing.
    public func join(_ rooms: String...) {
        join(rooms)
    }

    /// Enters rooms; beyond the limit of rooms per socket the call does nothing.
    public func join(_ rooms: [String]) {
        namespace.rooms.joinAsked()
        onLoop { [namespace, loop] core in
            namespace.rooms.join(core, rooms, loop: loop)
            namespace.rooms.joinDone()
        }
    }

    public func leave(_ rooms: String...) {
        leave(rooms)
    }

    public func leave(_ rooms: [String]) {
        onLoop { [namespace, loop] core in namespace.rooms.leave(core, rooms, loop: loop) }
    }

    /// The rooms that the socket is in now, without the one that is itself.
    public func rooms() async -> Set<String> {
        let found = try? await loop.submit { [core] in Set(core.value.places.keys) }.get()
        return found ?? []
    }

    /// Everyone else in these rooms.
    public func to(_ rooms: String...) -> Audience {
        Audience(namespace: namespace, target: Target(rooms: rooms, except: [id]))
    }

    /// Everyone else in the namespace.
    public var broadcast: Audience { Audience(namespace: namespace, target: Target(except: [id])) }

    // MARK: sending

    /// Sends an event to this client.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        send(encoded.packet(.event, namespace: namespace.name))
    }

    /// Sends an event unless the client could not take it at this moment.
    public func emitVolatile<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        var packet = encoded.packet(.event, namespace: namespace.name)
        packet.isVolatile = true
        send(packet)
    }

    /// Sends an event whose one argument is JSON already.
    public func emit(_ event: String, rawJSON: ByteBuffer) {
        var encoded = EncodedArguments(event: event)
        encoded.append(rawJSON: rawJSON)
        send(encoded.packet(.event, namespace: namespace.name))
    }

    /// Sends an event with arguments as they came from a client, attachments included.
    public func emit(_ event: String, _ arguments: Arguments) throws {
        var encoded = EncodedArguments(event: event)
        try encoded.append(arguments)
        send(encoded.packet(.event, namespace: namespace.name))
    }

    /// Sends an event and waits for the client's answer, all its arguments.
    public func ask<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, timeout: TimeAmount = .seconds(10)
    ) async throws -> Arguments {
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        return try await ask(encoded, timeout: timeout)
    }

    /// Sends an event and waits for the first argument of the client's answer.
    public func ask<each Argument: Encodable, Answer: Decodable>(
        _ event: String, _ arguments: repeat each Argument, returning: Answer.Type,
        timeout: TimeAmount = .seconds(10)
    ) async throws -> Answer {
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        return try await ask(encoded, timeout: timeout).decode(Answer.self, at: 0)
    }

    private func ask(_ encoded: EncodedArguments, timeout: TimeAmount) async throws -> Arguments {
        let wait = NIOLockedValueBox<(id: UInt64?, isCancelled: Bool)>((nil, false))
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                onLoop { [loop] core in
                    let id = core.ask(encoded, timeout: timeout, on: loop) { continuation.resume(with: $0) }
                    let isCancelled = wait.withLockedValue { wait in
                        wait.id = id
                        return wait.isCancelled
                    }
                    if isCancelled, let id { core.giveUp(id, CancellationError()) }
                }
            }
        } onCancel: {
            // Cancelled before the question was asked, or after: one of the two sees the other.
            let id = wait.withLockedValue { wait in
                wait.isCancelled = true
                return wait.id
            }
            if let id { onLoop { $0.giveUp(id, CancellationError()) } }
        }
    }

    /// Puts the client out of this namespace; or, with `close`, ends its whole connection.
    public func disconnect(close: Bool = false) {
        if loop.inEventLoop {
            client.value.disconnect(namespace.name, close: close)
        } else {
            loop.execute { [client, namespace] in client.value.disconnect(namespace.name, close: close) }
        }
    }

    func send(_ outgoing: Outgoing) {
        onLoop { $0.send(outgoing) }
    }

    private func onLoop(_ body: @escaping @Sendable (SocketCore) -> Void) {
        if loop.inEventLoop {
            body(core.value)
        } else {
            loop.execute { [core] in body(core.value) }
        }
    }
}

/// Types a value that an application keeps with a socket: `enum User: SocketKey { typealias Value = UserID }`.
public protocol SocketKey {
    associatedtype Value: Sendable
}

// MARK: what happens to it

extension Socket {
    func setConnected(_ value: Bool) {
        connected.withLockedValue { $0 = value }
    }

    /// Queues the application's hearing of the connection, before any event.
    func begin(_ handlers: NamespaceHandlers) {
        guard let hook = handlers.onConnection else { return }
        inbox.append(cost: 0) { [self] in await hook(self) }
    }

    /// Queues an event; its handler's return value answers it.
    func handle(_ event: Event, ackID: UInt64?, _ handlers: NamespaceHandlers) {
        guard let handler = handlers.events[event.name] ?? handlers.anyEvent else { return }
        let cost =
            event.arguments.payload.readableBytes
            + event.arguments.attachments.reduce(0) { $0 + $1.readableBytes }
        inbox.append(cost: cost) { [self] in
            do {
                let answer = try await handler(self, event)
                if let ackID { send(answer.packet(.ack, namespace: namespace.name, ackID: ackID)) }
            } catch {
                handlers.failed(event, error)
            }
        }
    }

    /// Queues the application's hearing of the end, after all events.
    func end(_ reason: DisconnectReason, rooms: Set<String>, _ handlers: NamespaceHandlers) {
        guard let hook = handlers.onDisconnect else { return }
        inbox.append(cost: 0) { [self] in await hook(self, reason, rooms) }
    }
}

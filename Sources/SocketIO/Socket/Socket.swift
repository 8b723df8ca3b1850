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
    private let agenda: LoopAgenda
    private let core: NIOLoopBound<SocketCore>
    private let client: NIOLoopBound<Client>
    private let events: EventQueue
    private let state: NIOLockedValueBox<State>
    /// Whether the client lost its connection and has come back with its identifier, rooms and values.
    public let isRecovered: Bool

    private struct State {
        var values: SocketValues
        var isConnected = false
        var hasEnded = false
        var hooks: SocketHooks?
    }

    init(
        core: SocketCore, namespace: Namespace, handshake: Handshake, client: Client, loop: any EventLoop,
        limits: SocketLimits, recovered: SocketValues?
    ) {
        isRecovered = recovered != nil
        state = NIOLockedValueBox(State(values: recovered ?? SocketValues()))
        id = core.id
        self.namespace = namespace
        self.handshake = handshake
        self.loop = loop
        agenda = namespace.rooms.agenda(of: loop) ?? LoopAgenda(loop)
        self.core = NIOLoopBound(core, eventLoop: loop)
        let bound = NIOLoopBound(client, eventLoop: loop)
        self.client = bound
        events = EventQueue(limits: limits) { isFull in
            loop.execute { bound.value.queueChanged(isFull: isFull) }
        }
    }

    /// Whether the client is still there, as far as is known.
    public var isConnected: Bool { state.withLockedValue { $0.isConnected } }

    // MARK: values

    /// A value that the application keeps with the socket, by a type that serves as its key.
    public subscript<Key: SocketKey>(key: Key.Type) -> Key.Value? {
        get { state.withLockedValue { $0.values[key] } }
        set { state.withLockedValue { $0.values[key] = newValue } }
    }

    /// A value that other processes may read too, from what `fetchSockets` tells them.
    public subscript<Key: SharedSocketKey>(key: Key.Type) -> Key.Value? {
        get { state.withLockedValue { $0.values[key] } }
        set {
            state.withLockedValue { $0.values.share(newValue, as: key) }
            namespace.handlers.watcher?.changed(self)
        }
    }

    /// Whether the client was there and is gone for good, or until it comes back as another object.
    fileprivate var hasEnded: Bool { state.withLockedValue { $0.hasEnded } }

    var values: SocketValues { state.withLockedValue { $0.values } }

    /// The values that other processes may read, as a JSON object.
    package var sharedValues: ByteBuffer { values.json }

    // MARK: all events

    /// Adds a check of each event of this client, before its handler; one that throws keeps the event from it.
    public func use(_ middleware: @escaping @Sendable (Event) async throws -> Void) {
        change { $0.middlewares.append(middleware) }
    }

    /// Hears every event of this client before its handler does.
    public func onIncoming(_ listener: @escaping @Sendable (Event) -> Void) {
        change { $0.incoming.append(listener) }
    }

    /// Hears every event that is sent to this client, broadcasts too, on its event loop; must not block.
    public func onOutgoing(_ listener: @escaping @Sendable (Event) -> Void) {
        change { $0.outgoing.append(listener) }
        onLoop { $0.hearsOutgoing = true }
    }

    private func change(_ body: (inout SocketHooks) -> Void) {
        state.withLockedValue { state in
            var hooks = state.hooks ?? SocketHooks()
            body(&hooks)
            state.hooks = hooks
        }
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

    /// The rooms that the socket is in once all is done that was asked for before, without the one that is itself.
    public func rooms() async -> Set<String> {
        await withCheckedContinuation { continuation in
            onLoop { continuation.resume(returning: Set($0.places.keys)) }
        }
    }

    /// Everyone else in these rooms.
    public func to(_ rooms: String...) -> BroadcastTarget {
        BroadcastTarget(namespace: namespace, target: Target(rooms: rooms, except: [id]))
    }

    /// Everyone else in the namespace.
    public var broadcast: BroadcastTarget { BroadcastTarget(namespace: namespace, target: Target(except: [id])) }

    // MARK: sending

    /// Sends an event to this client.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        try Outlet(socket: self).emit(event, repeat each arguments)
    }

    /// Sends an event whose one argument is JSON already.
    public func emit(_ event: String, rawJSON: ByteBuffer) {
        Outlet(socket: self).emit(event, rawJSON: rawJSON)
    }

    /// Sends an event with arguments as they came from a client, attachments included.
    public func emit(_ event: String, _ arguments: Arguments) throws {
        try Outlet(socket: self).emit(event, arguments)
    }

    /// The way to this client for what may be dropped when it cannot be taken at this moment.
    public var volatile: Outlet { Outlet(socket: self, isVolatile: true) }

    /// The way to this client for what is not worth compressing.
    public var uncompressed: Outlet { Outlet(socket: self, isCompressible: false) }

    /// Sends an event: at once, or in the common order of all events where clients may come back for what they missed.
    func send(_ packet: BroadcastPacket) {
        guard namespace.rooms.log == nil || packet.isVolatile else {
            namespace.rooms.broadcast(packet, to: Target(rooms: [id], isLocal: true))
            return
        }
        namespace.rooms.metrics.sent()
        let outgoing = packet.encoded()
        onLoop { $0.send(outgoing, packet) }
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

    /// Sends an event with arguments as they came from a client, and waits for this client's answer.
    public func ask(
        _ event: String, forwarding arguments: Arguments, timeout: TimeAmount = .seconds(10)
    ) async throws -> Arguments {
        var encoded = EncodedArguments(event: event)
        try encoded.append(arguments)
        return try await ask(encoded, timeout: timeout)
    }

    private func ask(_ encoded: EncodedArguments, timeout: TimeAmount) async throws -> Arguments {
        let id = namespace.rooms.makeAckID()
        let packet = encoded.broadcast(namespace: namespace.name, isVolatile: false, isCompressible: true)
        namespace.rooms.metrics.sent()
        let outgoing = packet.encoded(ackID: id)
        let isCancelled = NIOLockedValueBox(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                onLoop { [loop] core in
                    core.ask(outgoing, packet, id: id, timeout: timeout, on: loop) { continuation.resume(with: $0) }
                    if isCancelled.withLockedValue({ $0 }) { core.giveUp(id, CancellationError()) }
                }
            }
        } onCancel: {
            // Cancelled before the question was asked, or after: one of the two sees the other.
            isCancelled.withLockedValue { $0 = true }
            onLoop { $0.giveUp(id, CancellationError()) }
        }
    }

    /// Puts the client out of this namespace; or, with `close`, ends its whole connection.
    public func disconnect(close: Bool = false) {
        agenda.run { [client, namespace] in client.value.disconnect(namespace.name, close: close) }
    }

    /// Returns when the client has taken most of what was sent to it, so that more can be sent without piling up; false
    /// when it is gone, or has not done so in time.
    public func drained(within timeout: TimeAmount) async -> Bool {
        await withCheckedContinuation { continuation in
            onLoop { [loop] core in
                let wait = DrainWait(continuation)
                let bound = NIOLoopBound(wait, eventLoop: loop)
                wait.timeout = loop.scheduleTask(in: timeout) { bound.value.end(false) }
                core.whenRoomy { wait.end(core.isConnected) }
            }
        }
    }

    /// Ends the connection of a client that does not read what is sent to it, as `slow client`.
    public func dropSlow() {
        onLoop { $0.dropSlow() }
    }

    func send(_ outgoing: Outgoing) {
        onLoop { $0.send(outgoing) }
    }

    private func onLoop(_ body: @escaping @Sendable (SocketCore) -> Void) {
        agenda.run { [core] in body(core.value) }
    }
}

/// Somebody who waits for a client to read; confined to the socket's event loop.
private final class DrainWait {
    private var continuation: CheckedContinuation<Bool, Never>?
    var timeout: Scheduled<Void>?

    init(_ continuation: CheckedContinuation<Bool, Never>) {
        self.continuation = continuation
    }

    func end(_ isDrained: Bool) {
        timeout?.cancel()
        timeout = nil
        continuation?.resume(returning: isDrained)
        continuation = nil
    }
}

// MARK: what happens to it

extension Socket {
    func setConnected(_ value: Bool) {
        state.withLockedValue {
            $0.isConnected = value
            $0.hasEnded = !value
        }
    }

    /// Queues the application's hearing of the connection, before any event.
    func begin(_ handlers: NamespaceHandlers) {
        guard let hook = handlers.onConnection else { return }
        events.append(cost: 0) { [self] in await hook(self) }
    }

    /// Queues an event; its handler's return value answers it.
    func handle(_ event: Event, ackID: UInt64?, _ handlers: NamespaceHandlers) {
        let handler = handlers.events[event.name] ?? handlers.anyEvent
        let hooks = state.withLockedValue { $0.hooks }
        guard handler != nil || hooks != nil || !handlers.incoming.isEmpty || handlers.onConnection != nil else {
            return
        }
        let cost =
            event.arguments.payload.readableBytes
            + event.arguments.attachments.reduce(0) { $0 + $1.readableBytes }
        events.append(cost: cost) { [self] in
            do {
                for listener in handlers.incoming { listener(self, event) }
                // Asked again: a hook set by the connection's own handler holds for the events behind it.
                if let hooks = state.withLockedValue({ $0.hooks }) {
                    for listener in hooks.incoming { listener(event) }
                    for middleware in hooks.middlewares { try await middleware(event) }
                }
                guard let answer = try await handler?(self, event) else { return }
                if let ackID { acknowledge(ackID, answer) }
            } catch {
                handlers.failed(event, error)
                await handlers.onError?(self, error)
            }
        }
    }

    private func acknowledge(_ ackID: UInt64, _ answer: EncodedArguments) {
        let packet = answer.packet(.ack, namespace: namespace.name, ackID: ackID)
        onLoop { $0.send(packet) }
    }

    /// Tells the application that the client broke the rules.
    func failed(_ violation: SocketPacket.Violation) {
        guard let hook = namespace.handlers.onError else { return }
        events.append(cost: 0) { [self] in await hook(self, violation) }
    }

    /// Lets everyone who listens in hear what is sent.
    func hear(_ packet: BroadcastPacket) {
        guard let event = Event(json: packet.json, attachments: packet.attachments) else { return }
        for listener in namespace.handlers.outgoing { listener(self, event) }
        for listener in state.withLockedValue({ $0.hooks?.outgoing ?? [] }) { listener(event) }
    }

    /// Queues the application's hearing of the end, after all events.
    func end(_ reason: DisconnectReason, rooms: Set<String>, _ handlers: NamespaceHandlers) {
        guard handlers.onDisconnect != nil || handlers.onDisconnecting != nil else { return }
        events.append(cost: 0) { [self] in
            await handlers.onDisconnecting?(self, reason, rooms)
            await handlers.onDisconnect?(self, reason, rooms)
        }
    }
}

/// A way to one client, with what holds for all that goes it.
///
/// What is sent to a client that is gone is not even encoded, unless the client may come back for it: the events that a
/// client leaves behind are handled all the same, and must not cost more than that.
public struct Outlet: Sendable {
    let socket: Socket
    var isVolatile = false
    var isCompressible = true

    /// The same way for what may be dropped when it cannot be taken at this moment.
    public var volatile: Outlet { Outlet(socket: socket, isVolatile: true, isCompressible: isCompressible) }

    /// The same way for what is not worth compressing.
    public var uncompressed: Outlet { Outlet(socket: socket, isVolatile: isVolatile, isCompressible: false) }

    private var isInVain: Bool {
        socket.hasEnded && (isVolatile || socket.namespace.rooms.log == nil)
    }

    /// Sends an event.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        guard !isInVain else { return }
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        send(encoded)
    }

    /// Sends an event whose one argument is JSON already.
    public func emit(_ event: String, rawJSON: ByteBuffer) {
        guard !isInVain else { return }
        var encoded = EncodedArguments(event: event)
        encoded.append(rawJSON: rawJSON)
        send(encoded)
    }

    /// Sends an event with arguments as they came from a client, attachments included.
    public func emit(_ event: String, _ arguments: Arguments) throws {
        guard !isInVain else { return }
        var encoded = EncodedArguments(event: event)
        try encoded.append(arguments)
        send(encoded)
    }

    private func send(_ encoded: EncodedArguments) {
        socket.send(
            encoded.broadcast(
                namespace: socket.namespace.name, isVolatile: isVolatile, isCompressible: isCompressible))
    }
}

import EngineIO
public import Logging
import NIOConcurrencyHelpers
public import NIOCore
public import SocketIO

/// Shares a Redis with servers of Node that use `@socket.io/redis-adapter` (the classic one), and with the emitters
/// that speak its format.
///
/// The format knows everything that an adapter is asked. Of an answer to a question or to an event between servers it
/// carries the first argument only, and of events between servers no bytes.
public final class NodeAdapter: Adapter {
    public let local: LocalRooms
    /// Names this process in this namespace.
    let uid: String
    let namespace: String
    let redis: RedisBroker
    let channels: NodeChannels
    private let requestTimeout: TimeAmount
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    /// What waits for the answers of other processes, by the request's name.
    enum Waiting: Sendable {
        case sockets(Gathering<SocketDescription>)
        case answers(Gathering<Arguments>)
    }

    private struct State {
        var subscriptions: [BrokerSubscription] = []
        var waiting: [String: Waiting] = [:]
    }

    /// For `SocketServer`: each of its namespaces shares `redis` with the namespaces of that name elsewhere. `key` is
    /// the prefix of all channels; other processes have `requestTimeout` to answer, questions to sockets aside.
    public static func factory(
        over redis: RedisBroker, key: String = "socket.io", requestTimeout: TimeAmount = .seconds(5),
        logger: Logger = Logger(label: "socketio.node")
    ) -> SocketServer.AdapterFactory {
        { namespace, local in
            let adapter = NodeAdapter(
                namespace, local, redis, key: key, requestTimeout: requestTimeout, logger: logger)
            adapter.listen()
            return adapter
        }
    }

    init(
        _ namespace: String, _ local: LocalRooms, _ redis: RedisBroker, key: String, requestTimeout: TimeAmount,
        logger: Logger, uid: String = RandomName.make(6)
    ) {
        self.namespace = namespace
        self.local = local
        self.redis = redis
        self.requestTimeout = requestTimeout
        self.logger = logger
        self.uid = uid
        channels = NodeChannels(key: key, namespace: namespace, uid: uid)
    }

    private func listen() {
        let subscriptions = [
            redis.subscribe(toPrefix: channels.broadcast) { [weak self] in self?.heardBroadcast($1, on: $0) },
            redis.subscribe(to: channels.requests) { [weak self] in self?.heardRequest($0) },
            redis.subscribe(to: channels.responses) { [weak self] in self?.heardResponse($0) },
            redis.subscribe(to: channels.ownResponses) { [weak self] in self?.heardResponse($0) },
        ]
        state.withLockedValue { $0.subscriptions = subscriptions }
    }

    public func close() async {
        let (subscriptions, waiting) = state.withLockedValue { state in
            defer { state = State() }
            return (state.subscriptions, state.waiting)
        }
        for subscription in subscriptions { subscription.cancel() }
        for each in waiting.values { each.end() }
    }

    /// How many requests wait for answers.
    var openRequests: Int { state.withLockedValue { $0.waiting.count } }

    // MARK: what this process is asked

    public func mayReach(_ target: Target) -> Bool {
        !target.isLocal || local.mayReach(target)
    }

    public func broadcast(_ packet: BroadcastPacket, to target: Target) {
        local.broadcast(packet, to: target)
        guard !target.isLocal else { return }
        do {
            let message: MessagePackValue = [
                .string(uid), try packet.nodePacket, target.options(flags: packet.nodeFlags),
            ]
            redis.publish(message.encoded, on: channels.channel(for: target))
        } catch {
            logger.error("An event is no JSON and stays in this process", metadata: ["error": "\(error)"])
        }
    }

    public func join(_ target: Target, rooms: [String]) {
        local.join(target, rooms: rooms)
        request(target, NodeMessageType.join, ["rooms": .array(rooms.map { .string($0) })])
    }

    public func leave(_ target: Target, rooms: [String]) {
        local.leave(target, rooms: rooms)
        request(target, NodeMessageType.leave, ["rooms": .array(rooms.map { .string($0) })])
    }

    public func disconnect(_ target: Target, close: Bool) {
        local.disconnect(target, close: close)
        request(target, NodeMessageType.disconnect, ["close": .bool(close)])
    }

    /// Asks other processes for what has been done here already.
    private func request(_ target: Target, _ type: Int, _ more: MessagePackValue) {
        guard !target.isLocal else { return }
        publish(request: type, ["opts": target.options(flags: nil)], more)
    }

    public func fetchSockets(_ target: Target) async throws -> [SocketDescription] {
        let mine = await local.describe(target)
        if target.isLocal { return mine }
        let others = try await otherProcesses()
        guard others > 0 else { return mine }
        let gathering = Gathering<SocketDescription>(processes: others)
        let id = await wait(.sockets(gathering))
        defer { forget(id) }
        publish(request: NodeMessageType.fetch, ["requestId": .string(id), "opts": target.options(flags: nil)])
        let result = await gathering.result(timeout: requestTimeout, on: redis.eventLoop)
        guard result.missing <= 0 else { throw AdapterFailure.timeout(missing: result.missing) }
        return mine + result.answers
    }

    public func ask(
        _ packet: BroadcastPacket, of target: Target, timeout: TimeAmount
    ) async throws -> BroadcastAnswers {
        // While Redis is away its sockets are all there are to ask.
        let others = target.isLocal ? 0 : (try? await otherProcesses()) ?? 0
        guard others > 0 else { return await local.ask(packet, of: target, timeout: timeout) }
        let gathering = Gathering<Arguments>(processes: others)
        let id = await wait(.answers(gathering))
        defer { forget(id) }
        let flags: MessagePackValue = ["timeout": .int(timeout.nanoseconds / 1_000_000)]
        let message: MessagePackValue = [
            "uid": .string(uid), "requestId": .string(id), "type": .int(Int64(NodeMessageType.ask)),
            "packet": try packet.nodePacket, "opts": target.options(flags: flags),
        ]
        redis.publish(message.encoded, on: channels.requests)
        async let mine = local.ask(packet, of: target, timeout: timeout)
        let theirs = await gathering.result(timeout: timeout, on: redis.eventLoop)
        var answers = await mine
        answers.asked += theirs.announced
        answers.answers += theirs.answers
        return answers
    }

    public func serverEmit(_ event: ServerEvent) {
        guard event.arguments.attachments.isEmpty, let data = try? JSONReader.read(event.json) else {
            logger.error("\(AdapterFailure.notInFormat("bytes in events between servers"))")
            return
        }
        publish(request: NodeMessageType.serverEvent, ["data": data])
    }

    public func serverAsk(_ event: ServerEvent, timeout: TimeAmount) async throws -> [Arguments] {
        guard event.arguments.attachments.isEmpty, let data = try? JSONReader.read(event.json) else {
            throw AdapterFailure.notInFormat("bytes in events between servers")
        }
        let others = try await otherProcesses()
        guard others > 0 else { return [] }
        let gathering = Gathering<Arguments>(processes: others)
        let id = await wait(.answers(gathering))
        defer { forget(id) }
        publish(request: NodeMessageType.serverEvent, ["requestId": .string(id), "data": data])
        return await gathering.result(timeout: timeout, on: redis.eventLoop).answers
    }

    private func publish(request type: Int, _ members: MessagePackValue...) {
        var all: [MessagePackValue.Member] = [.init("uid", .string(uid))]
        var rest: [MessagePackValue.Member] = []
        for case .map(let more) in members { rest += more }
        all += rest.filter { $0.key == "requestId" }
        all.append(.init("type", .int(Int64(type))))
        all += rest.filter { $0.key != "requestId" }
        redis.publish(MessagePackValue.map(all).json, on: channels.requests)
    }

    /// How many other processes there are, as Node counts them: by who listens for requests.
    private func otherProcesses() async throws -> Int {
        do {
            return try await redis.listeners(to: channels.requests) - 1
        } catch {
            throw AdapterFailure.away
        }
    }

    private func wait(_ what: Waiting) async -> String {
        let id = RandomName.make(12)
        state.withLockedValue { $0.waiting[id] = what }
        return id
    }

    private func forget(_ id: String) {
        state.withLockedValue { $0.waiting[id] = nil }
    }

    func isOwn(_ request: MessagePackValue) -> Bool {
        request["uid"]?.text == uid || (request["requestId"]?.text).map { waiting($0) != nil } ?? false
    }

    func waiting(_ id: String) -> Waiting? {
        state.withLockedValue { $0.waiting[id] }
    }
}

extension NodeAdapter.Waiting {
    fileprivate func end() {
        switch self {
        case .sockets(let gathering): gathering.end()
        case .answers(let gathering): gathering.end()
        }
    }
}

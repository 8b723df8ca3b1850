public import NIOCore

/// Hears what happens on one connection, on its event loop.
public protocol ConnectionReceiver: AnyObject {
    /// The connection is ready to be sent to; heard once, before everything else.
    func opened()
    func received(_ message: Message)
    /// The connection moved from polling to WebSocket.
    func upgraded()
    /// The connection is over; nothing is heard after this.
    func ended(_ reason: CloseReason)
}

extension ConnectionReceiver {
    public func opened() {}
}

/// Runs one session: feeds it what happens on its transports and does what it answers.
///
/// Confined to the event loop that the handshake came in on, for its whole life. A WebSocket that was accepted on
/// another loop is moved to this one, so that messages never cross threads.
public final class Connection {
    public let id: SessionID
    public let loop: any EventLoop
    /// The request that began the session.
    public let handshake: HandshakeRequest
    private let engine: Engine
    private let scope: LoopScope
    private var session: Session
    private let payloadForm: PayloadForm
    private var receiver: (any ConnectionReceiver)?

    private var requests: [Exchange] = []
    private var sockets: [SocketLink] = []
    private var isRunning = false
    private var inputs = CircularBuffer<Session.Input>(initialCapacity: 0)
    private var actions: [Session.Action] = []
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private var isPaused = false
    /// The WebSocket on this event loop that takes what is sent as it is; nil while the session has to be asked.
    private var direct: WebSocketChannelHandler?
    /// Who waits until the client has taken most of what was sent.
    private var waitsForRoom: [() -> Void] = []
    /// POSTs that are answered when the application has caught up.
    private var heldPosts: [LinkID] = []

    /// The most spare room that a connection keeps in its list of actions.
    private static let keptCapacity = 16

    init(id: SessionID, handshake: HandshakeRequest, engine: Engine, scope: LoopScope, loop: any EventLoop) {
        self.id = id
        self.loop = loop
        self.handshake = handshake
        self.engine = engine
        self.scope = scope
        payloadForm = handshake.payloadForm
        session = Session(
            id: id, transport: handshake.transport, version: handshake.version,
            settings: engine.configuration.session, now: loop.now)
    }

    /// Gives the connection its application; called once, before anything is received.
    func start(_ receiver: any ConnectionReceiver) {
        self.receiver = receiver
        receiver.opened()
        arrangeTimer()
    }

    /// The transport in use now.
    public var transport: Transport { session.transport }

    /// The version of the protocol that the client speaks.
    public var version: ProtocolVersion { session.version }

    /// Whether the session is over.
    public var isEnded: Bool { session.isEnded }

    /// Sends a message with its attachments; dropped silently when the session is over.
    public func send(_ outgoing: Outgoing) {
        if outgoing.isVolatile, case .websocket = session.transport, !(sockets.first?.isWritable ?? false) {
            scope.volatileDrops += 1
            scope.reportLater()
            return
        }
        guard let direct else {
            handle(.send(outgoing))
            return
        }
        direct.write(outgoing.packet)
        for attachment in outgoing.attachments { direct.write(attachment) }
    }

    /// Sends messages one right after the other.
    public func send(_ volley: Volley) {
        if let direct, let frames = volley.frames, direct.write(frames, count: volley.packetCount) { return }
        for message in volley.messages { send(message) }
    }

    /// Hands what has been sent to the system now, rather than at the end of the turn with that of all others.
    public func flush() {
        direct?.flush()
    }

    /// Closes the session after what has been sent.
    public func close(_ reason: CloseReason = .forcedClose) {
        handle(.close(reason))
    }

    /// Stops taking messages from the client until `resume`: a WebSocket is not read, a POST is not answered.
    public func pause() {
        guard !isPaused else { return }
        isPaused = true
        for socket in sockets { socket.onItsLoop { $0.pause() } }
    }

    /// Takes messages again.
    public func resume() {
        guard isPaused else { return }
        isPaused = false
        for socket in sockets { socket.onItsLoop { $0.resume() } }
        for post in heldPosts { answer(post, .accepted) }
        heldPosts = []
    }

    /// How many bytes wait for the client to take them; 0 where that is not known, for a WebSocket on another event
    /// loop.
    public var waitingBytes: Int {
        switch session.transport {
        case .polling: session.queuedBytes
        case .websocket: sockets.first?.waitingBytes ?? session.queuedBytes
        }
    }

    /// Calls `body` on this loop as soon as so few bytes wait that more can be sent well, or the session is over;
    /// perhaps at once.
    ///
    /// It may be called from within a write, so it must only note that.
    public func whenRoomy(_ body: @escaping () -> Void) {
        if isRoomy { body() } else { waitsForRoom.append(body) }
    }

    /// NIO's own mark, above which it says when there is room again.
    private var isRoomy: Bool { isEnded || waitingBytes <= 65_536 }

    /// Something may have been taken by the client.
    func roomChanged() {
        guard !waitsForRoom.isEmpty, isRoomy else { return }
        let waiting = waitsForRoom
        waitsForRoom = []
        for body in waiting { body() }
    }

    /// A reference that may be passed to other threads.
    var box: LoopBox<Connection> { LoopBox(self, loop: loop) }

    /// Announces a polling request before the input that tells the session of it.
    func attach(_ request: Exchange) {
        requests.append(request)
    }

    /// Announces a WebSocket before the input that tells the session of it; while the connection is paused it is not
    /// read either.
    func attach(_ socket: SocketLink) {
        sockets.append(socket)
        if isPaused { socket.onItsLoop { $0.pause() } }
    }

    /// Feeds the session and does what it answers; inputs that come up meanwhile wait their turn.
    func handle(_ input: Session.Input) {
        guard !isRunning else {
            inputs.append(input)
            return
        }
        isRunning = true
        direct = nil
        step(input)
        while let next = inputs.popFirst() { step(next) }
        isRunning = false
        if let link = session.directLink, let socket = sockets.first, socket.id == link { direct = socket.direct }
        arrangeTimer()
        roomChanged()
    }

    private func step(_ input: Session.Input) {
        if case .socketClosed(let link, _) = input { sockets.removeAll { $0.id == link } }
        if case .requestDropped(let link) = input { requests.removeAll { $0.id == link } }
        if case .postReceived(_, let body) = input { scope.bytesReceived += body.readableBytes }
        session.handle(input, now: loop.now, actions: &actions)
        var index = 0
        while index < actions.count {
            perform(actions[index])
            index += 1
        }
        if actions.capacity > Self.keptCapacity {
            actions = []
        } else {
            actions.removeAll(keepingCapacity: true)
        }
    }

    private func perform(_ action: Session.Action) {
        switch action {
        case .write(let link, let packet): socket(link)?.write(packet)
        case .deliver(let message):
            scope.packetsReceived += 1
            scope.reportLater()
            receiver?.received(message)
        case .answer(let link, .accepted) where isPaused: heldPosts.append(link)
        case .answer(let link, let answer): self.answer(link, answer)
        case .abort(let link): take(link)?.abort()
        case .closeSocket(let link):
            if let closing = socket(link) {
                sockets.removeAll { $0.id == link }
                closing.onItsLoop { $0.close() }
            }
        case .requestFlush: scope.flushLater(.polling(self))
        case .upgraded:
            engine.clientUpgraded()
            receiver?.upgraded()
        case .droppedVolatile:
            scope.volatileDrops += 1
            scope.reportLater()
        case .ended(let reason): ended(reason)
        case .released: released()
        }
    }

    private func socket(_ link: LinkID) -> SocketLink? {
        sockets.first { $0.id == link }
    }

    private func take(_ link: LinkID) -> Exchange? {
        guard let index = requests.firstIndex(where: { $0.id == link }) else { return nil }
        return requests.remove(at: index)
    }

    private func answer(_ link: LinkID, _ answer: Session.Answer) {
        guard let request = take(link) else { return }
        if case .packets(let packets) = answer {
            scope.packetsSent += packets.count
            scope.bytesSent += packets.reduce(0) { $0 + $1.size }
        }
        let form = request.isJSONP && handshake.version == .three ? .counted(allowsBinary: false) : payloadForm
        request.respond(Response(answer, form: form, id: id, allocator: ByteBufferAllocator()))
    }

    private func ended(_ reason: CloseReason) {
        let last = receiver
        receiver = nil
        engine.clientLeft(session.transport)
        last?.ended(reason)
        isPaused = false
        for post in heldPosts { answer(post, .accepted) }
        heldPosts = []
    }

    private func released() {
        timer?.task.cancel()
        timer = nil
        engine.forget(id, from: handshake.remoteAddress)
    }

    /// Keeps one timer that fires no later than the session's next deadline; one that fires early only looks again.
    private func arrangeTimer() {
        guard let deadline = session.nextDeadline else { return }
        if let timer {
            if timer.deadline <= deadline { return }
            timer.task.cancel()
        }
        let box = box
        let task = loop.scheduleTask(deadline: deadline) { box.value.timerFired() }
        timer = (task, deadline)
    }

    private func timerFired() {
        timer = nil
        handle(.timer)
    }
}

/// One WebSocket as its connection sees it: a direct reference when both live on the same event loop.
struct SocketLink {
    let id: LinkID
    private let box: LoopBox<WebSocketChannelHandler>
    /// The socket itself where it may be touched without a change of threads.
    let direct: WebSocketChannelHandler?

    init(_ box: LoopBox<WebSocketChannelHandler>, id: LinkID, connectionLoop: any EventLoop) {
        self.id = id
        self.box = box
        direct = box.loop === connectionLoop ? box.value : nil
    }

    func write(_ packet: EncodedPacket) {
        if let direct {
            direct.write(packet)
        } else {
            box.loop.execute { [box] in box.value.write(packet) }
        }
    }

    /// Whether a volatile message would go out at once; across loops that is not known, and true.
    var isWritable: Bool { direct?.isWritable ?? true }

    var waitingBytes: Int { direct?.waitingBytes ?? 0 }

    func onItsLoop(_ body: @escaping @Sendable (WebSocketChannelHandler) -> Void) {
        if let direct {
            body(direct)
        } else {
            box.loop.execute { [box] in body(box.value) }
        }
    }
}

/// One HTTP request that waits for its answer, on whatever event loop it came in.
struct Exchange: Sendable {
    let id: LinkID
    /// Whether packets in the answer become a script, which can carry text only.
    let isJSONP: Bool
    private let box: LoopBox<EngineHTTPHandler>

    init(id: LinkID, isJSONP: Bool, box: LoopBox<EngineHTTPHandler>) {
        self.id = id
        self.isJSONP = isJSONP
        self.box = box
    }

    /// Answers the request, unless its connection is gone.
    func respond(_ response: Response) {
        if box.loop.inEventLoop {
            box.value.respond(to: id, response)
        } else {
            box.loop.execute { [self] in box.value.respond(to: id, response) }
        }
    }

    /// Breaks the request's connection.
    func abort() {
        if box.loop.inEventLoop {
            box.value.abort(id)
        } else {
            box.loop.execute { [self] in box.value.abort(id) }
        }
    }
}

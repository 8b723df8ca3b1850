import Logging
public import NIOCore
public import NIOHTTP1

/// Takes an engine's requests out of an HTTP connection and lets all others pass untouched.
///
/// Long because everything that can happen to one connection before it is a WebSocket is decided here.
///
///     idle ──our head──► ours(reading ─end─► waiting) ──answer──► idle
///       │                  └──WebSocket request, end──► upgrading ──► moved (this channel is done with HTTP)
///       ├──other head──► passing ──end of the response──► idle
///       └──malformed──► failed ──400──► closed
///
/// It sits right behind `HTTPServerPipelineHandler`, which holds the next request back until the response to this one
/// is complete; so there is never more than one request here. Any request of a connection may become a WebSocket, not
/// only the first, because reverse proxies reuse connections.
public final class EngineHTTPHandler: ChannelDuplexHandler, RemovableChannelHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias InboundOut = HTTPServerRequestPart
    public typealias OutboundIn = HTTPServerResponsePart
    public typealias OutboundOut = HTTPServerResponsePart

    /// Runs on the event loop before the first request passes, to add the handlers behind this one.
    public typealias BeforeFirstPass = (ChannelHandlerContext) throws -> Void

    private enum State {
        case idle
        case ours(Current)
        /// A request of someone else; with what must happen after its response.
        case passing(closesAfterwards: Bool, responseBegan: Bool)
        case failed
        case moved
    }

    /// A request to the engine that is not yet over.
    struct Current {
        let link: LinkID
        let head: HTTPRequestHead
        /// The session that waits for it; nil before that is known and for requests without one.
        var connection: LoopBox<Connection>?
        var collects = false
        var body = ByteBuffer()
        /// Whether more came than may be in a body, or was announced.
        var isTooLarge = false
        /// Whether the middlewares are still looking at it.
        var isJudged = true
        /// The number of the script's caller when packets are to be wrapped into a script.
        var jsonp: String?
        var discarded = 0
        var isComplete = false
        var isAnswered = false
        var closesConnection = false
        /// What becomes of the request when it is complete and asks for a WebSocket.
        var upgrade: UpgradeTarget?
    }

    /// How much of a refused body is read and thrown away before the connection is broken instead.
    private static let mostDiscarded = 16_000_000

    let engine: Engine
    let transportIsPlain: Bool
    private var beforeFirstPass: BeforeFirstPass?
    private var state = State.idle
    private(set) var context: ChannelHandlerContext?
    /// Whether someone behind has turned this connection into something that is no longer HTTP.
    private var leavesPipeline = false
    /// The end of the wait for the next request, or for the rest of this one.
    private var patience: Scheduled<Void>?
    /// What the next answer carries because it is the answer to a handshake.
    private var handshakeHeaders: HTTPHeaders?

    /// Makes a handler for one connection.
    ///
    /// `transportIsPlain` says that nothing before the HTTP codec changes bytes (no TLS): only then can the socket of a
    /// WebSocket leave this channel for one of its own on its session's event loop. Otherwise the WebSocket stays here.
    public init(engine: Engine, transportIsPlain: Bool, beforeFirstPass: BeforeFirstPass? = nil) {
        self.engine = engine
        self.transportIsPlain = transportIsPlain
        self.beforeFirstPass = beforeFirstPass
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        expect(within: engine.configuration.idleTimeout)
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        patience?.cancel()
        patience = nil
        self.context = nil
    }

    /// Closes the connection unless something else is expected before `time` is over.
    private func expect(within time: TimeAmount) {
        patience?.cancel()
        guard let context else { return }
        let box = LoopBox(self, loop: context.eventLoop)
        patience = context.eventLoop.scheduleTask(in: time) { box.value.lostPatience() }
    }

    private func lostPatience() {
        dropCurrent()
        state = .failed
        context?.close(promise: nil)
    }
}

// MARK: requests

extension EngineHTTPHandler {
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if leavesPipeline, case .moved = state {
            context.fireChannelRead(data)
            return
        }
        switch (unwrapInboundIn(data), state) {
        case (_, .moved), (_, .failed): break
        case (.head(let head), .idle): begin(head, context)
        case (.head, _): context.close(promise: nil)  // Two requests at once: there is no pipelining assistance.
        case (.body(let bytes), .ours(var current)):
            state = .idle  // Leaves the body buffer with one owner while it grows.
            receive(bytes, &current, context)
            state = .ours(current)
        case (.end, .ours(let current)): complete(current, context)
        case (_, .passing), (_, .idle): context.fireChannelRead(data)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard engine.configuration.owns(head.uri) else {
            pass(head, context)
            return
        }
        var current = Current(link: engine.makeLink(), head: head)
        current.closesConnection = !head.isKeepAlive || head.isUpgrade
        state = .ours(current)
        expect(within: engine.configuration.requestTimeout)
        if let response = engine.configuration.preflight(head) {
            respond(to: current.link, response)
            return
        }
        let target = RequestTarget(head.uri)
        let file = target.path.dropFirst(engine.configuration.path.count)
        if let response = engine.configuration.clientFiles?.response(for: file, head: head) {
            respond(to: current.link, response)
            return
        }
        if engine.configuration.allowsJSONP, let number = target["j"] { current.jsonp = JSONP.digits(number) }
        guard !engine.configuration.middlewares.isEmpty else {
            state = .ours(current)
            check(current.link, target)
            return
        }
        current.isJudged = false
        current.collects = head.method == .POST
        state = .ours(current)
        let (link, box) = (current.link, LoopBox(self, loop: context.eventLoop))
        let middlewares = engine.configuration.middlewares
        Task {
            do {
                for middleware in middlewares { try await middleware(head) }
                box.loop.execute { box.value.decided(link, isAccepted: true) }
            } catch {
                box.loop.execute { box.value.decided(link, isAccepted: false) }
            }
        }
    }

    private func decided(_ link: LinkID, isAccepted: Bool) {
        guard case .ours(var current) = state, current.link == link, !current.isAnswered else { return }
        // Its end, if it came already, is heard now.
        let isComplete = current.isComplete
        current.isJudged = true
        current.isComplete = false
        state = .ours(current)
        guard isAccepted else {
            respond(to: link, Response(.badRequest(.middleware), isUpgrade: current.head.isUpgrade))
            if isComplete { state = .idle }
            return
        }
        check(link, RequestTarget(current.head.uri))
        if isComplete, case .ours(let checked) = state, checked.link == link, let context {
            complete(checked, context)
        }
    }

    /// Finds out what the request in hand is, and begins it.
    private func check(_ link: LinkID, _ target: RequestTarget) {
        guard case .ours(let current) = state, let context else { return }
        do throws(Refusal) {
            try start(CheckedRequest.check(current.head, target, engine: engine), current, target, context)
        } catch {
            respond(to: link, Response(error, isUpgrade: current.head.isUpgrade))
        }
    }

    private func start(
        _ request: CheckedRequest, _ current: Current, _ target: RequestTarget, _ context: ChannelHandlerContext
    ) throws(Refusal) {
        var current = current
        switch request {
        case .handshake(let transport): shake(hands: transport, current, target, context)
        case .upgrade(let connection):
            current.upgrade = .existing(connection)
            state = .ours(current)
        case .poll(let connection):
            current.connection = connection
            state = .ours(current)
            tell(connection, .pollOpened(current.link), with: exchange(current, context))
        case .post(let connection):
            current.connection = connection
            current.collects = true
            state = .ours(current)
            let type = current.head.headers.first(name: "content-type")
            let isBinary = type?.lowercased().hasPrefix("application/octet-stream") == true
            tell(connection, .postOpened(current.link, isBinary: isBinary), with: exchange(current, context))
            let length = current.head.headers.first(name: "content-length").flatMap(Int.init) ?? 0
            if current.isTooLarge || length > engine.configuration.session.maxPayload {
                tell(connection, .postTooLarge(current.link))
            }
        }
    }

    private func receive(_ bytes: ByteBuffer, _ current: inout Current, _ context: ChannelHandlerContext) {
        let limit = engine.configuration.session.maxPayload
        if current.collects, !current.isAnswered, current.body.readableBytes + bytes.readableBytes <= limit {
            current.body.writeImmutableBuffer(bytes)
            return
        }
        if current.collects {
            current.collects = false
            current.isTooLarge = true
            current.body = ByteBuffer()
            if !current.isAnswered, let connection = current.connection {
                let link = current.link
                // Later, because the answer must find this request in `state` again.
                context.eventLoop.execute { connection.tell(.postTooLarge(link)) }
            }
        }
        current.discarded += bytes.readableBytes
        if current.discarded > Self.mostDiscarded { context.close(promise: nil) }
    }

    private func complete(_ current: Current, _ context: ChannelHandlerContext) {
        var current = current
        current.isComplete = true
        patience?.cancel()
        if current.isAnswered { expect(within: engine.configuration.idleTimeout) }
        guard current.isJudged else {
            state = .ours(current)
            return
        }
        let body = current.body
        current.body = ByteBuffer()
        state = current.isAnswered ? .idle : .ours(current)
        guard !current.isAnswered else { return }
        if let target = current.upgrade {
            upgrade(current.link, current.head, target, context)
        } else if current.collects, let connection = current.connection {
            let payload = current.jsonp == nil ? body : JSONP.payload(of: body) ?? ByteBuffer()
            tell(connection, .postReceived(current.link, payload))
        }
    }

    /// Begins a session when the application and the protocol version allow it.
    private func shake(
        hands transport: Transport, _ current: Current, _ target: RequestTarget, _ context: ChannelHandlerContext
    ) {
        let request = HandshakeRequest(
            uri: current.head.uri, query: target.query, headers: current.head.headers,
            remoteAddress: context.remoteAddress, transport: transport,
            version: engine.configuration.version(of: target) ?? .four)
        let link = current.link
        guard let admit = engine.configuration.admit else {
            admitted(link, request, target, .accept)
            return
        }
        let box = LoopBox(self, loop: context.eventLoop)
        Task {
            let admission = await admit(request)
            box.loop.execute { box.value.admitted(link, request, RequestTarget(request.uri), admission) }
        }
    }

    private func admitted(
        _ link: LinkID, _ request: HandshakeRequest, _ target: RequestTarget, _ admission: Admission
    ) {
        guard case .ours(var current) = state, current.link == link, !current.isAnswered, let context else { return }
        let isUpgrade = request.transport == .websocket
        if case .refuse(let message) = admission {
            respond(to: link, Response(.forbidden(message), isUpgrade: isUpgrade))
        } else if engine.configuration.version(of: target) == nil {
            respond(to: link, Response(.unsupportedVersion(target["EIO"]), isUpgrade: isUpgrade))
        } else if isUpgrade {
            current.upgrade = .new(request)
            state = .ours(current)
            if current.isComplete { upgrade(link, current.head, .new(request), context) }
        } else {
            open(link, request, context)
        }
    }

    private func open(_ link: LinkID, _ request: HandshakeRequest, _ context: ChannelHandlerContext) {
        guard case .ours(var current) = state else { return }
        do throws(Engine.Full) {
            let connection = try engine.open(request, loop: context.eventLoop)
            current.connection = connection.box
            handshakeHeaders = engine.configuration.handshakeHeaders(request, connection.id)
            state = .ours(current)
            tell(connection.box, .pollOpened(link), with: exchange(current, context))
        } catch {
            respond(to: link, Response(error))
        }
    }

    /// Lets a request of someone else through; whoever answers it also decides how long it may take.
    private func pass(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        patience?.cancel()
        if let hook = beforeFirstPass {
            beforeFirstPass = nil
            do {
                try hook(context)
            } catch {
                engine.logger.error("The handlers behind the engine cannot be added", metadata: ["error": "\(error)"])
                context.close(promise: nil)
                state = .failed
                return
            }
        }
        // NIO's decoder stops for good at a request that asks for an upgrade; if none follows, the connection is over.
        state = .passing(closesAfterwards: head.isUpgrade, responseBegan: false)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}

// MARK: answers

extension EngineHTTPHandler {
    /// Answers the request `link` if it is the one in hand and has no answer yet.
    func respond(to link: LinkID, _ response: Response) {
        guard case .ours(var current) = state, current.link == link, !current.isAnswered, let context else { return }
        current.isAnswered = true
        current.connection = nil
        if current.isComplete { expect(within: engine.configuration.idleTimeout) }
        // A stopping server's connections must not be kept for later: the next request may be for its successor.
        current.closesConnection = current.closesConnection || response.closesConnection || engine.isClosing
        state = current.isComplete ? .idle : .ours(current)
        if let refusal = response.refusal { report(refusal, current.head) }
        var response = response
        if let digits = current.jsonp { response.wrap(jsonp: digits) }
        if let compression = engine.configuration.compression {
            response.compress(for: current.head.headers, compression)
        }
        if response.isPayload, current.head.headers.isOldInternetExplorer {
            response.headers.add(name: "X-XSS-Protection", value: "0")
        }
        var headers = response.headers
        headers.add(contentsOf: engine.configuration.corsHeaders(for: current.head.headers))
        if let extra = handshakeHeaders { headers.add(contentsOf: extra) }
        handshakeHeaders = nil
        engine.configuration.headers?(&headers, current.head)
        if current.closesConnection { headers.replaceOrAdd(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: current.head.version, status: response.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body = response.body, body.readableBytes > 0, current.head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        finish(current.closesConnection, context)
    }

    private func report(_ refusal: Refusal, _ head: HTTPRequestHead) {
        engine.configuration.onConnectionError?(
            ConnectionError(
                request: head, code: refusal.code, message: refusal.message, context: refusal.context))
    }

    private func finish(_ closes: Bool, _ context: ChannelHandlerContext) {
        let written = closes ? context.eventLoop.makePromise(of: Void.self) : nil
        let channel = context.channel
        written?.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// Removes this handler in a turn of its own, because a flush of what is being written must still pass it.
    private func leave(_ context: ChannelHandlerContext) {
        let bound = context.loopBound
        context.eventLoop.execute {
            bound.value.pipeline.syncOperations.removeHandler(context: bound.value, promise: nil)
        }
    }

    /// Breaks the connection of the request `link`.
    func abort(_ link: LinkID) {
        guard case .ours(let current) = state, current.link == link else { return }
        state = .failed
        context?.close(promise: nil)
    }

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .passing(let closes, _) = state else {
            if case .failed = state {
                promise?.fail(ChannelError.ioOnClosedChannel)
            } else {
                context.write(data, promise: promise)
            }
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200 || head.status == .switchingProtocols:
            if closes, head.status != .switchingProtocols {
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            }
            leavesPipeline = head.status == .switchingProtocols
            state = .passing(closesAfterwards: closes && head.status != .switchingProtocols, responseBegan: true)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            state = leavesPipeline ? .moved : .idle
            let promise = closes ? promise ?? context.eventLoop.makePromise() : promise
            if closes {
                let channel = context.channel
                promise?.futureResult.whenComplete { _ in channel.close(promise: nil) }
            }
            context.write(data, promise: promise)
            if leavesPipeline { leave(context) }
        default: context.write(data, promise: promise)
        }
    }
}

// MARK: the end of the connection

extension EngineHTTPHandler {
    public func channelInactive(context: ChannelHandlerContext) {
        dropCurrent()
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch state {
        case .ours, .idle:
            // A client that stops sending while a poll hangs has gone: nobody would read the answer.
            dropCurrent()
            context.fireUserInboundEventTriggered(event)
            context.close(promise: nil)
        case .passing, .failed, .moved: context.fireUserInboundEventTriggered(event)
        }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        switch state {
        case .failed, .moved: return
        case .passing(_, responseBegan: true):
            state = .failed
            context.fireErrorCaught(error)
            context.close(promise: nil)
            return
        case .ours(let current) where current.isAnswered:
            state = .failed
            context.close(promise: nil)
            return
        case .passing: context.fireErrorCaught(error)
        case .idle, .ours: break
        }
        dropCurrent()
        state = .failed
        let headers = HTTPHeaders([("Connection", "close"), ("Content-Length", "0")])
        let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        finish(true, context)
    }

    /// Tells the session whose request is in hand that it will not be answered.
    private func dropCurrent() {
        guard case .ours(let current) = state else { return }
        state = .failed
        if !current.isAnswered { current.connection?.tell(.requestDropped(current.link)) }
    }

    private func exchange(_ current: Current, _ context: ChannelHandlerContext) -> Exchange {
        Exchange(id: current.link, isJSONP: current.jsonp != nil, box: LoopBox(self, loop: context.eventLoop))
    }

    private func tell(_ connection: LoopBox<Connection>, _ input: Session.Input, with request: Exchange? = nil) {
        connection.tell(input, with: request)
    }

    /// Whether the request `link` still waits for its answer here.
    func isInHand(_ link: LinkID) -> Bool {
        if case .ours(let current) = state { current.link == link && !current.isAnswered } else { false }
    }

    /// Marks this channel as done with HTTP, after its socket has been taken over.
    func markMoved() {
        state = .moved
    }
}

extension LoopBox<Connection> {
    /// Feeds the connection on its own loop, now if this is it.
    func tell(_ input: Session.Input, with request: Exchange? = nil) {
        if loop.inEventLoop {
            if let request { value.attach(request) }
            value.handle(input)
        } else {
            loop.execute {
                if let request { value.attach(request) }
                value.handle(input)
            }
        }
    }
}

extension EngineConfiguration {
    /// The version that a handshake asks for; nil when that is none, or one that is not spoken here.
    fileprivate func version(of target: RequestTarget) -> ProtocolVersion? {
        switch target["EIO"] {
        case "4": .four
        case "3" where allowsVersion3: .three
        default: nil
        }
    }

    /// Whether a request is the engine's: its path starts with `path`, at the end of a path segment.
    fileprivate func owns(_ uri: String) -> Bool {
        guard uri.hasPrefix(path) else { return false }
        guard !path.hasSuffix("/"), let next = uri.utf8.dropFirst(path.utf8.count).first else { return true }
        return next == UInt8(ascii: "/") || next == UInt8(ascii: "?")
    }
}

extension HTTPHeaders {
    /// Whether the browser is one that looks for scripts in plain text unless told not to.
    fileprivate var isOldInternetExplorer: Bool {
        guard let agent = first(name: "user-agent") else { return false }
        return agent.contains(";MSIE") || agent.contains("Trident/")
    }
}

extension HTTPRequestHead {
    /// Whether the client wants another protocol on this connection, by the same rule as the decoder's.
    var isUpgrade: Bool {
        method == .CONNECT
            || headers.contains(name: "upgrade")
                && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }
}

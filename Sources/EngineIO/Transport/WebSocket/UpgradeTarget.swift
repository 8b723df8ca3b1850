import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Whom a WebSocket is for.
enum UpgradeTarget {
    case new(HandshakeRequest)
    case existing(LoopBox<Connection>)
}

extension EngineHTTPHandler {
    /// Turns the connection of a complete request into a WebSocket.
    ///
    /// If it can, the socket leaves this channel, and with it everything HTTP needed, for a bare channel on its
    /// session's event loop; otherwise the HTTP handlers are removed and the WebSocket stays where it is.
    func upgrade(
        _ link: LinkID, _ head: HTTPRequestHead, _ target: UpgradeTarget, _ context: ChannelHandlerContext
    ) {
        let box = LoopBox(self, loop: context.eventLoop)
        Self.upgrader.buildUpgradeResponse(
            channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:]
        ).whenComplete { result in
            // In a turn of its own: the decoder that is to be removed must not be at work.
            box.loop.execute { box.value.upgrade(link, head, target, with: result) }
        }
    }

    /// Clients of version 3 were made for servers that take a moment between the upgrade's answer and their first
    /// packet: some begin to listen only when they have seen the answer, and lose a packet that is read together with
    /// it. The time is what a client on a busy machine may need until it runs.
    private static let silenceForVersion3 = TimeAmount.milliseconds(25)

    /// NIO's upgrader only checks the request and computes the answer's headers here.
    private static let upgrader = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })

    private func upgrade(
        _ link: LinkID, _ head: HTTPRequestHead, _ target: UpgradeTarget, with result: Result<HTTPHeaders, any Error>
    ) {
        guard let context, isInHand(link) else { return }
        guard case .success(var headers) = result else {
            respond(to: link, Response(.badRequest(.transportHandshake), isUpgrade: true))
            return
        }
        let owner: LoopBox<Connection>
        do throws(Engine.Full) {
            switch target {
            case .existing(let connection): owner = connection
            case .new(let request):
                let connection = try engine.open(request, loop: context.eventLoop)
                headers.add(contentsOf: engine.configuration.handshakeHeaders(request, connection.id))
                owner = connection.box
            }
        } catch {
            respond(to: link, Response(error))
            return
        }
        var silence: TimeAmount?
        if case .new(let request) = target, request.version == .three { silence = Self.silenceForVersion3 }
        let deflation = engine.configuration.messageCompression.flatMap {
            MessageDeflation(offers: head.headers, $0)
        }
        if let deflation { headers.add(name: "Sec-WebSocket-Extensions", value: deflation.agreement) }
        engine.configuration.headers?(&headers, head)
        if let descriptor = takeDescriptor(context) {
            move(descriptor, headers, deflation, silence, link, owner, context)
        } else {
            convert(headers, deflation, silence, link, owner, context)
        }
    }

    /// A second descriptor of the connection's socket; nil when the socket cannot leave this channel.
    private func takeDescriptor(_ context: ChannelHandlerContext) -> NIOBSDSocket.Handle? {
        guard transportIsPlain, let options = context.channel.syncOptions,
            (try? options.getOption(.bufferedWritableBytes)) == 0
        else { return nil }
        // Safety: the descriptor is open for the length of the call, and what is kept is a copy of our own.
        let copy = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        guard let copy, copy >= 0 else { return nil }
        return copy
    }

    /// Gives the socket a channel of its own on its session's event loop and closes this one.
    private func move(
        _ descriptor: NIOBSDSocket.Handle, _ headers: HTTPHeaders, _ deflation: MessageDeflation?,
        _ silence: TimeAmount?, _ link: LinkID, _ owner: LoopBox<Connection>, _ context: ChannelHandlerContext
    ) {
        markMoved()
        let loop = owner.loop
        let engine = engine
        let greeting = Self.switchingProtocols(headers, allocator: context.channel.allocator)
        ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = WebSocketChannelHandler(
                    id: link, owner: owner, scope: engine.scope(of: loop), settings: engine.configuration.session,
                    deflation: deflation, silence: silence, greeting: greeting)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }.withConnectedSocket(descriptor).whenFailure { _ in
            owner.tell(.socketOpened(link))
            owner.tell(.socketClosed(link, failed: true))
        }
        context.close(promise: nil)
    }

    /// Replaces the HTTP handlers of this channel by the WebSocket's.
    private func convert(
        _ headers: HTTPHeaders, _ deflation: MessageDeflation?, _ silence: TimeAmount?, _ link: LinkID,
        _ owner: LoopBox<Connection>, _ context: ChannelHandlerContext
    ) {
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        markMoved()
        let pipeline = context.pipeline.syncOperations
        let handler = WebSocketChannelHandler(
            id: link, owner: owner, scope: engine.scope(of: context.eventLoop),
            settings: engine.configuration.session, deflation: deflation, silence: silence, greeting: nil)
        do {
            try pipeline.addHandler(handler, position: .after(self))
        } catch {
            owner.tell(.socketOpened(link))
            owner.tell(.socketClosed(link, failed: true))
            context.close(promise: nil)
            return
        }
        pipeline.removeIfThere(HTTPServerPipelineHandler.self)
        pipeline.removeIfThere(HTTPServerProtocolErrorHandler.self)
        pipeline.removeIfThere(NIOHTTPResponseHeadersValidator.self)
        pipeline.removeIfThere(HTTPResponseEncoder.self)
        pipeline.removeHandler(context: context, promise: nil)
        handler.announce()
        pipeline.removeIfThere(ByteToMessageHandler<HTTPRequestDecoder>.self)
    }

    private static func switchingProtocols(_ headers: HTTPHeaders, allocator: ByteBufferAllocator) -> ByteBuffer {
        var bytes = allocator.buffer(capacity: 256)
        bytes.writeString("HTTP/1.1 101 Switching Protocols\r\n")
        for (name, value) in headers { bytes.writeString("\(name): \(value)\r\n") }
        bytes.writeString("\r\n")
        return bytes
    }
}

extension ChannelPipeline.SynchronousOperations {
    fileprivate func removeIfThere<Handler: RemovableChannelHandler>(_ type: Handler.Type) {
        guard let context = try? context(handlerType: type) else { return }
        removeHandler(context: context, promise: nil)
    }
}

extension Response {
    /// The answer to a handshake that gets no session, or to a request of one that ends with the server; says when to
    /// come again.
    init(_ reason: Engine.Full) {
        let (status, why): (HTTPResponseStatus, String) =
            switch reason {
            case .tooManySessions: (.serviceUnavailable, "There are as many connections as this server takes")
            case .tooManyOfAddress:
                (.tooManyRequests, "There are as many connections from this address as this server takes")
            case .closing: (.serviceUnavailable, "This server is about to stop")
            }
        self.init(status, type: "text/plain; charset=UTF-8", body: ByteBuffer(string: why + "; try again later.\n"))
        headers.add(name: "Retry-After", value: "5")
        closesConnection = true
    }
}

extension EngineConfiguration {
    /// What only the answer to a handshake carries: the cookie and the application's own headers.
    func handshakeHeaders(_ request: HandshakeRequest, _ id: SessionID) -> HTTPHeaders {
        var headers = initialHeaders?(request, id) ?? HTTPHeaders()
        if let cookie {
            headers.add(name: "Set-Cookie", value: "\(cookie.name)=\(id); Path=\(cookie.path); \(cookie.attributes)")
        }
        return headers
    }
}

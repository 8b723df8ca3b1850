public import EngineIO
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

extension HTTPServerBuilder {
    /// HTTP/1.1 for Hummingbird's routes and an engine's clients on the same port.
    ///
    ///     Application(router: router, server: .http1(sharedWith: server.engine))
    ///
    /// `isBehindTLS` says that a TLS handler is in front, as in `.tls(.http1(sharedWith: engine, isBehindTLS: true),
    /// …)`. `codec`, if given, turns a connection's bytes into requests, one at a time; an application with handlers of
    /// its own for every request, also the engine's, adds them there. What is left out of it is not looked after by
    /// anybody else: NIO's error handling must stay off, because the engine's handler answers malformed requests.
    public static func http1(
        sharedWith engine: Engine, isBehindTLS: Bool = false, codec: SharedPort.Codec? = nil
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            SharedPort(
                engine: engine, isBehindTLS: isBehindTLS, codec: codec ?? SharedPort.plainCodec, responder: responder)
        }
    }
}

/// One port for both: the engine's requests are taken out of each connection, the rest goes to Hummingbird.
///
/// Any request of a connection may become a WebSocket, not only the first, because reverse proxies reuse connections.
/// Hummingbird's part of a connection is made at its first request, not before: a WebSocket never pays for it.
public struct SharedPort: ServerChildChannel {
    /// Adds what turns bytes into requests; runs on the event loop of the connection.
    public typealias Codec = @Sendable (ChannelPipeline.SynchronousOperations) throws -> Void

    /// A connection, and Hummingbird's part of it as soon as there is one; nil when it closed without.
    public struct Value: ServerChildChannelValue {
        public let channel: any Channel
        let requests: EventLoopFuture<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?>
    }

    static let plainCodec: Codec = { pipeline in
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
    }

    private let engine: Engine
    private let isBehindTLS: Bool
    private let codec: Codec
    private let http: HTTP1Channel

    init(
        engine: Engine, isBehindTLS: Bool, codec: @escaping Codec, responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.engine = engine
        self.isBehindTLS = isBehindTLS
        self.codec = codec
        http = HTTP1Channel(responder: responder)
    }

    /// Adds the handlers of a connection that was just accepted.
    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let requests = channel.eventLoop.makePromise(of: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?.self)
            let pipeline = channel.pipeline.syncOperations
            try codec(pipeline)
            let first = FirstRequest(requests)
            try pipeline.addHandler(
                EngineHTTPHandler(engine: engine, transportIsPlain: !isBehindTLS) { [isBehindTLS] context in
                    let rest = context.pipeline.syncOperations
                    try rest.addHandler(HTTP1ToHTTPServerCodec(secure: isBehindTLS))
                    try rest.addHandler(HTTPConnectionStateHandler(idleTimeout: nil, logger: logger))
                    let asyncChannel = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                        wrappingChannelSynchronously: context.channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                    first.succeed(asyncChannel)
                })
            try pipeline.addHandler(first)
            return Value(channel: channel, requests: requests.futureResult)
        }
    }

    /// Lets Hummingbird answer what is its own, until the connection ends.
    public func handle(value: Value, logger: Logger) async {
        guard let requests = try? await value.requests.get() else { return }
        await http.handle(value: requests, logger: logger)
    }
}

/// Waits at the end of a connection's pipeline for what comes first: a request for Hummingbird, the end, or the wish to
/// stop.
private final class FirstRequest: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private var promise: EventLoopPromise<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?>?

    init(_ promise: EventLoopPromise<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?>) {
        self.promise = promise
    }

    func succeed(_ channel: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?) {
        promise?.succeed(channel)
        promise = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        succeed(nil)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        succeed(nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if promise != nil, event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

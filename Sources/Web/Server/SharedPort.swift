import EngineIO
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import ServiceLifecycle

/// One port for both: the socket's requests are taken out of each connection, the rest goes to Hummingbird.
///
/// Hummingbird's part of a connection is made at its first request, not before: a WebSocket never pays for it.
struct SharedPort: ServerChildChannel {
    /// A connection, and Hummingbird's part of it as soon as there is one; nil when it closed without.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let requests: EventLoopFuture<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?>
    }

    let engine: Engine
    /// What comes before every path, or nothing.
    let base: String
    let http: HTTP1Channel

    init(engine: Engine, base: String, responder: @escaping HTTPChannelHandler.Responder) {
        self.engine = engine
        self.base = base
        http = HTTP1Channel(responder: responder)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let requests = channel.eventLoop.makePromise(of: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?.self)
            let pipeline = channel.pipeline.syncOperations
            let allowance = ChunkAllowance()
            try pipeline.addHandler(ChunkAllowance.Arrivals(allowance))
            try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
            let oneByOne = try pipeline.handler(type: HTTPServerPipelineHandler.self)
            try pipeline.addHandlers([allowance, Patience()], position: .before(oneByOne))
            try pipeline.addHandler(AnswersInKind())
            if !base.isEmpty { try pipeline.addHandler(BasePath(base)) }
            let first = FirstRequest(requests)
            try pipeline.addHandler(
                EngineHTTPHandler(engine: engine, transportIsPlain: true) { context in
                    let rest = context.pipeline.syncOperations
                    try rest.addHandler(HTTP1ToHTTPServerCodec(secure: false))
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

    func handle(value: Value, logger: Logger) async {
        guard let requests = try? await value.requests.get() else { return }
        await http.handle(value: requests, logger: logger)
    }
}

/// Waits at the end of a connection's pipeline for what comes first: a request for Hummingbird, the end, or the wish to stop.
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

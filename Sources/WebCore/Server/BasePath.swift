import NIOCore
import NIOHTTP1

/// Takes the prefix that people reach the program under off each request's path, so that nothing behind it needs to
/// know.
///
/// Some reverse proxies take it off themselves, some do not; both work.
final class BasePath: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let base: String
    /// False once an answer switches protocols: what comes then are bytes of something else.
    private var isHTTP = true

    /// `base` begins with a slash and does not end with one.
    init(_ base: String) {
        self.base = base
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isHTTP, case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        head.uri = Self.without(base, head.uri)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// `uri` below `base`, or as it is where it is not below it.
    static func without(_ base: String, _ uri: String) -> String {
        guard !base.isEmpty, uri.hasPrefix(base) else { return uri }
        let rest = uri.dropFirst(base.count)
        guard rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix("?") else { return uri }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isHTTP, case .head(let head) = unwrapOutboundIn(data) { isHTTP = head.status != .switchingProtocols }
        context.write(data, promise: promise)
    }
}

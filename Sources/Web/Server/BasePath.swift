import NIOCore
import NIOHTTP1

/// Takes the prefix that people reach the program under off each request's path, so that nothing behind it needs to know.
///
/// Some reverse proxies take it off themselves, some do not; both work.
final class BasePath: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let base: String

    /// `base` begins with a slash and does not end with one.
    init(_ base: String) {
        self.base = base
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.uri.hasPrefix(base) else {
            return context.fireChannelRead(data)
        }
        let rest = head.uri.dropFirst(base.count)
        guard rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix("?") else { return context.fireChannelRead(data) }
        head.uri = rest.hasPrefix("/") ? String(rest) : "/" + rest
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}

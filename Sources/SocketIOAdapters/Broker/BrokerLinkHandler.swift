import NIOCore

/// Carries the bytes of one connection to its link.
final class BrokerLinkHandler<Session: BrokerSession>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: BrokerLink<Session>
    private let attempt: Int

    init(_ link: BrokerLink<Session>, _ attempt: Int) {
        self.link = link
        self.attempt = attempt
    }

    func channelActive(context: ChannelHandlerContext) {
        link.opened(context.channel, attempt)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        link.received(unwrapInboundIn(data), from: context.channel)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        link.writable(context.channel)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        link.failed(error, context.channel, attempt)
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.closed(attempt)
    }
}

import NIOCore

/// Carries the bytes of one connection to its link.
final class LinkPipe<Session: LinkSession>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: Link<Session>
    private let attempt: Int

    init(_ link: Link<Session>, _ attempt: Int) {
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
        link.writabilityChanged(context.channel)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        link.failed(error, context.channel, attempt)
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.closed(attempt)
    }
}

package import Domain
package import Hummingbird
package import NIOCore

/// What is known of a request for which somebody has to be named.
package protocol AskingContext: RequestContext {
    /// Whoever sent it, as far as middlewares have found out.
    var requester: Requester { get set }
}

/// What is known of a request besides its bytes: who asks, and whether they are still there.
package struct WebContext: AskingContext {
    package var coreContext: CoreRequestContextStorage
    package var requester = Requester(.anonymous(.page))
    private let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        requester.address = channel.remoteAddress?.ipAddress
    }

    /// Completes when the client's connection ends.
    package var clientGone: EventLoopFuture<Void> { channel.closeFuture }
    package var isClientGone: Bool { !channel.isActive }
}

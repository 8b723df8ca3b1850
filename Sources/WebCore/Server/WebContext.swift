package import Hummingbird
package import NIOCore

/// What is known of a request besides its bytes: among it, whether whoever asked is still there.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Completes when the client's connection ends.
    package var clientGone: EventLoopFuture<Void> { channel.closeFuture }
    package var isClientGone: Bool { !channel.isActive }
}

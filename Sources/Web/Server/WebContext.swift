import Hummingbird
import NIOCore

/// What is known of a request besides its bytes: among it, whether whoever asked is still there.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Completes when the client's connection ends.
    var clientGone: EventLoopFuture<Void> { channel.closeFuture }
    var isClientGone: Bool { !channel.isActive }
}

import Glibc
package import NIOCore
import NIOPosix

/// Takes new connections no faster than those that there is no room for can be told so and closed.
///
/// While half of the reserve of descriptors is taken, the next ones stay in the system's line for a moment, where they
/// cost none, and come a few at a time. It sits at the front of the channel that listens.
package final class AcceptPace: ChannelOutboundHandler {
    package typealias OutboundIn = any Channel

    /// Long enough for an event loop to close what has to go.
    private static let pause = TimeAmount.milliseconds(10)

    private let limits: ServerLimits
    private var isWaiting = false

    package init(_ limits: ServerLimits) {
        self.limits = limits
    }

    package func read(context: ChannelHandlerContext) {
        guard !isWaiting else { return }
        guard isShort(context) else { return context.read() }
        isWaiting = true
        let bound = NIOLoopBound((pace: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            bound.value.pace.isWaiting = false
            bound.value.context.read()
        }
    }

    private func isShort(_ context: ChannelHandlerContext) -> Bool {
        guard limits.firstReservedDescriptor < .max else { return false }
        let firstSlow = (limits.firstReservedDescriptor + limits.firstForbiddenDescriptor) / 2
        // Safety: the descriptor is open for the length of the call, and the copy is closed at once.
        let lowest = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { descriptor in
            let lowest = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            if lowest >= 0 { _ = Glibc.close(lowest) }
            return lowest
        }
        guard let lowest else { return false }
        return lowest < 0 || Int(lowest) >= firstSlow
    }
}

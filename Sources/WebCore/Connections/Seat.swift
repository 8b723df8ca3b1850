import EngineIO
import NIOCore
import NIOPosix

/// One connection's place among all.
///
/// Safety: what may be touched by other threads is constant; the rest is its event loop's alone.
final class Seat: @unchecked Sendable {
    /// Why a connection is ended by others.
    enum Reason {
        /// It is idle, and its place is needed.
        case idle
        /// The request that it sends is hardly coming, and its place is needed.
        case stalling
        /// It is one of too many that there is no room for.
        case crowdedOut
        /// Its client does not read, and what waits for it is needed.
        case unread
    }

    let channel: any Channel
    /// Whom it is counted for; nil for the machine itself.
    let network: RemoteNetwork?
    /// The number of its socket; 0 where there is none.
    let descriptor: Int
    let connections: Connections

    /// It came when there was no room.
    private(set) var isExtra = false
    /// Its place is another's already: it ends with the request in hand.
    private(set) var isLeaving = false
    /// A request is in hand.
    var isBusy = false
    /// What of it is counted with the connections.
    var requestBytes = 0
    /// Nothing of it is counted any more, whatever still comes.
    var isGone = false
    /// How the request comes that is waited for.
    let pace = ArrivalPace()

    /// To be made on the event loop of `channel`.
    init(_ channel: any Channel, among connections: Connections) {
        self.channel = channel
        self.connections = connections
        let network = RemoteNetwork(channel.remoteAddress)
        self.network = network?.isLoopback == true ? nil : network
        // Safety: the number is looked at and nothing is done with it.
        let number = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { Int($0) }
        descriptor = (number ?? nil) ?? 0
    }

    /// Takes the place, once; false when the connection is not even to be asked what it wants.
    func take() -> Bool {
        let entry = connections.enter(self)
        isExtra = entry == .extra
        return entry != .forbidden
    }

    /// Ends the connection from any thread, on its own event loop.
    func end(_ reason: Reason) {
        channel.eventLoop.execute { [self] in
            switch reason {
            case .idle:
                // A request may have come meanwhile; then one more is open for as long as that takes.
                isLeaving = true
                if !isBusy { channel.close(promise: nil) }
            case .stalling:
                isLeaving = true
                if isBusy {
                    channel.pipeline.fireUserInboundEventTriggered(GivenUp())
                } else {
                    channel.close(promise: nil)
                }
            case .crowdedOut: if !isBusy { channel.pipeline.fireUserInboundEventTriggered(CrowdedOut()) }
            case .unread: channel.close(promise: nil)
            }
        }
    }

    /// Tells the pipeline of a connection without a request that it is refused.
    struct CrowdedOut: Sendable {}
    /// Tells the pipeline of a connection whose request hardly comes that its place is needed.
    struct GivenUp: Sendable {}
}

import Logging
import Metrics
import NIOConcurrencyHelpers
import NIOCore

/// What a broker says of itself: how it stands, to its observer and to the log, and what it dropped; may be asked
/// from anywhere.
final class BrokerStatus: Sendable {
    private struct Held {
        var state = BrokerState.connecting
        var dropped = 0
        var observer: (@Sendable (BrokerState) -> Void)?
    }

    private let held = NIOLockedValueBox(Held())
    private let drops = Counter(label: "socketio_broker_drops")
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    var state: BrokerState { held.withLockedValue { $0.state } }
    var dropped: Int { held.withLockedValue { $0.dropped } }

    /// Tells `observer` how it stands, unless that is still open, and each change, in order, on `loop`.
    func observe(on loop: any EventLoop, _ observer: @escaping @Sendable (BrokerState) -> Void) {
        loop.execute { [self] in
            let state = held.withLockedValue { held in
                held.observer = observer
                return held.state
            }
            if state != .connecting { observer(state) }
        }
    }

    /// Notes how it stands now; on the broker's event loop.
    func set(_ state: BrokerState) {
        let (before, observer) = held.withLockedValue { held in
            let before = held.state
            if before != .closed { held.state = state }
            return (before, held.observer)
        }
        guard before != state, before != .closed else { return }
        switch (before, state) {
        case (.away, .connected): logger.notice("The broker is back")
        case (.connecting, .away(_, let reason)), (.connected, .away(_, let reason)):
            logger.warning("The broker is away", metadata: ["reason": "\(reason)"])
        default: break
        }
        observer?(state)
    }

    /// A message was not sent.
    func noteDrop(_ why: String) {
        let dropped = held.withLockedValue { held in
            held.dropped += 1
            return held.dropped
        }
        drops.increment()
        if dropped.nonzeroBitCount == 1 {
            logger.warning("Messages are dropped", metadata: ["reason": "\(why)", "all": "\(dropped)"])
        }
    }
}

package import Foundation
import NIOConcurrencyHelpers
package import NIOCore

/// How it stands with a link.
package enum LinkState: Sendable, Equatable {
    /// For the first time.
    case connecting
    case connected
    /// It cannot be reached since then; another attempt is always under way.
    case away(since: Date, LinkFailure)
    case closed
}

/// Remembers how it stands with a link, for whoever asks, observes or waits; may be asked from anywhere.
package final class LinkStatus: Sendable {
    /// How a wait for the connection ended.
    package enum Wait: Sendable {
        case connected
        case closed
        case cancelled
    }

    private struct Held {
        var state = LinkState.connecting
        var observer: (@Sendable (LinkState) -> Void)?
        var nextID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Wait, Never>] = [:]

        mutating func takeWaiting() -> [CheckedContinuation<Wait, Never>] {
            defer { waiting = [:] }
            return Array(waiting.values)
        }
    }

    private let held = NIOLockedValueBox(Held())

    package init() {}

    package var state: LinkState { held.withLockedValue { $0.state } }

    /// Tells `observer` how it stands, unless that is still open, and each change, in order, on `loop`. One at a time.
    package func observe(on loop: any EventLoop, _ observer: @escaping @Sendable (LinkState) -> Void) {
        loop.execute { [self] in
            let state = held.withLockedValue { held in
                if held.state != .closed { held.observer = observer }
                return held.state
            }
            if state != .connecting { observer(state) }
        }
    }

    /// The link has come to `phase`; on its loop. Whoever waits goes on once `settled` is called, or now when it is
    /// closed.
    package func change(to phase: LinkPhase, _ failure: LinkFailure?) {
        let (state, observer) = held.withLockedValue { held -> (LinkState?, (@Sendable (LinkState) -> Void)?) in
            guard let next = held.state.next(phase, failure), next != held.state else { return (nil, nil) }
            held.state = next
            return (next, held.observer)
        }
        if let state { observer?(state) }
        if phase == .closed {
            // Nobody is told anything after that, and what the observer holds is let go.
            let waiting = held.withLockedValue { held in
                held.observer = nil
                return held.takeWaiting()
            }
            for each in waiting { each.resume(returning: .closed) }
        }
    }

    /// The link is connected and all that was asked of it before is confirmed: whoever waits for that goes on.
    package func settled() {
        for each in held.withLockedValue({ $0.takeWaiting() }) { each.resume(returning: .connected) }
    }

    /// Returns when `isSettled`, which is asked on `loop`, or `settled` is called, or waiting is in vain.
    package func wait(on loop: any EventLoop, until isSettled: @escaping @Sendable () -> Bool) async -> Wait {
        let id = held.withLockedValue { held in
            held.nextID += 1
            return held.nextID
        }
        // Cancelled before the wait is noted, or after: one of the two sees the other.
        let isCancelled = NIOLockedValueBox(false)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Wait, Never>) in
                loop.execute { [self] in
                    if state == .closed {
                        continuation.resume(returning: .closed)
                    } else if isCancelled.withLockedValue({ $0 }) {
                        continuation.resume(returning: .cancelled)
                    } else if isSettled() {
                        continuation.resume(returning: .connected)
                    } else {
                        held.withLockedValue { $0.waiting[id] = continuation }
                    }
                }
            }
        } onCancel: {
            isCancelled.withLockedValue { $0 = true }
            loop.execute { [self] in
                held.withLockedValue { $0.waiting.removeValue(forKey: id) }?.resume(returning: .cancelled)
            }
        }
    }
}

extension LinkState {
    /// How it stands when the link has come to `phase`; nil where that changes nothing.
    fileprivate func next(_ phase: LinkPhase, _ failure: LinkFailure?) -> LinkState? {
        switch (self, phase) {
        case (.closed, _), (_, .connecting): nil
        case (_, .ready): .connected
        case (_, .closed): .closed
        case (.away(let since, let before), .waiting): .away(since: since, failure ?? before)
        case (_, .waiting): .away(since: Date(), failure ?? .unreachable("connection closed"))
        }
    }
}

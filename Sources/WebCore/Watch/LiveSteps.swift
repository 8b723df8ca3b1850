public import Domain
import Synchronization

/// Remembers where each running check is, so that a page that is opened in the middle of one shows it right.
public final class LiveSteps: Sendable {
    private let steps = Mutex<[WatchID: CheckStep]>([:])

    public init() {}

    public func note(_ signal: Signal) {
        guard case .watch(let watch, let change) = signal else { return }
        switch change {
        case .started: steps.withLock { $0[watch] = .fetching }
        case .step(let step): steps.withLock { $0[watch] = step }
        case _ where change.endsCheck: steps.withLock { _ = $0.removeValue(forKey: watch) }
        default: break
        }
    }

    /// Where the check of `watch` is; nil when none runs.
    public func step(of watch: WatchID) -> CheckStep? {
        steps.withLock { $0[watch] }
    }
}

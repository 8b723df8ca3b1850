import Synchronization

/// Carries signals from whoever learns a fact to whoever shows it, inside one process.
///
/// It never waits and keeps nothing: an observer is called where the fact was learned and only notes what it means to
/// it, so that one that is slow to tell others forgets states that were overtaken and never the latest one. What must
/// not be lost is a row in the database instead.
public final class SignalBus: Sendable {
    /// Must return at once; it runs on the thread of whoever publishes, several at a time.
    public typealias Observer = @Sendable (Signal) -> Void

    private struct Observers {
        var next: UInt64 = 0
        var all: [UInt64: Observer] = [:]
        /// The values of `all`, made when they change so that publishing copies a reference.
        var list: [Observer] = []
    }

    /// Ends what it stands for when it is cancelled or nobody keeps it.
    public final class Observation: Sendable {
        private let end: @Sendable () -> Void

        fileprivate init(end: @escaping @Sendable () -> Void) {
            self.end = end
        }

        deinit {
            end()
        }

        /// From now on the observer is not called for new signals; a call under way goes on.
        public func cancel() {
            end()
        }
    }

    private let observers = Mutex(Observers())

    public init() {}

    /// Tells every observer of `signal` and returns.
    public func publish(_ signal: Signal) {
        // Called outside the lock: an observer may publish or end itself.
        let list = observers.withLock { $0.list }
        for observer in list { observer(signal) }
    }

    /// Calls `observer` with every signal published from now on, until the observation ends.
    public func observe(_ observer: @escaping Observer) -> Observation {
        let id = observers.withLock { observers in
            observers.next += 1
            observers.all[observers.next] = observer
            observers.list = Array(observers.all.values)
            return observers.next
        }
        return Observation { [weak self] in
            self?.observers.withLock { observers in
                guard observers.all.removeValue(forKey: id) != nil else { return }
                observers.list = Array(observers.all.values)
            }
        }
    }
}

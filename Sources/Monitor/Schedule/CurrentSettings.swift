public import Domain
import Synchronization

/// The settings for all watches as they are now, for whoever needs them in the middle of a check.
///
/// The database is the truth; `WatchActions` puts the new value here after it is stored.
public final class CurrentSettings: Sendable {
    private let box: Mutex<Settings>

    public init(_ settings: Settings) {
        box = Mutex(settings)
    }

    public var value: Settings {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}

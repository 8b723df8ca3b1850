public import Storage
import Synchronization

/// Remembers that the store refused the newest write, for readiness to tell, until a write succeeds.
///
/// Who is not ready is sent no requests, so without them no write would ever say that all is well again: `StoreGuard`
/// tries one now and then.
public final class WriteTrouble: Sendable {
    private let newest = Mutex<String?>(nil)

    public init() {}

    /// Knows what the start has found of writing.
    public init(_ notes: [OpeningNote]) {
        for case .notWritten(let error) in notes { note(error) }
    }

    /// What the store said; nil when it took the newest write.
    public var current: String? { newest.withLock { $0 } }

    /// Where the files are, readiness sees for itself, and at once.
    func note(_ error: StoreError) {
        if case .displaced = error { return }
        newest.withLock { $0 = error.description }
    }

    func clear() {
        newest.withLock { $0 = nil }
    }
}

import Foundation
import Storage
import Synchronization

/// Remembers that the store refused the newest write, for readiness to tell.
///
/// Not for long: who is not ready is sent no requests, so without them no write would ever say that all is well again.
final class WriteTrouble: Sendable {
    static let memory = 60.0

    private let newest = Mutex<(why: String, at: Date)?>(nil)

    func note(_ error: StoreError, at moment: Date) {
        newest.withLock { $0 = (error.description, moment) }
    }

    func clear() {
        newest.withLock { $0 = nil }
    }

    func current(now: Date) -> String? {
        newest.withLock { newest in newest.flatMap { now.timeIntervalSince($0.at) < Self.memory ? $0.why : nil } }
    }
}

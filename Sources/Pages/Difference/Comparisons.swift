import Domain
import Storage
import Synchronization
import WebCore

/// The comparisons that were asked for last, so that turning to another view or reloading compares nothing anew.
///
/// A version's text never changes. Few are kept, each of bounded size: they hold what is shown, not the texts.
final class Comparisons: Sendable {
    /// Which two versions of which watch, and how much of them.
    struct Key: Hashable, Sendable {
        let watch: WatchID
        let from: SnapshotVersion
        let to: SnapshotVersion
        let folds: Bool
    }

    private static let most = 4

    private let store: Store
    private let threads: PageThreads
    /// Newest last.
    private let kept = Mutex<[(key: Key, comparison: Comparison)]>([])

    init(store: Store, threads: PageThreads) {
        self.store = store
        self.threads = threads
    }

    /// Compares, on a page's thread; nothing to show when a version is gone. Only for who has a turn.
    func comparison(_ key: Key) async throws -> Comparison {
        if let known = kept.withLock({ $0.first { $0.key == key } }) { return known.comparison }
        guard let old = try await store.text(of: key.watch, version: key.from),
            let new = try await store.text(of: key.watch, version: key.to)
        else { return Comparison() }
        let comparison = try await threads.run { Comparison(old: old, new: new, folds: key.folds) }
        kept.withLock { kept in
            kept.append((key, comparison))
            if kept.count > Self.most { kept.removeFirst() }
        }
        return comparison
    }
}

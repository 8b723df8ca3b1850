public import Domain
public import Fetchers
public import Foundation
import Logging
public import Storage
import Synchronization

/// Fetches a watch's page directly and by every proxy of the settings, so that a person sees which of them works for
/// it.
///
/// Nothing is compared, stored or announced. A scan is many fetches that no queue holds back, so few run at once.
public final class ProxyScan: Sendable {
    /// How many run at once; of one watch only one does.
    static let most = 2

    private let store: Store
    private let check: ProxyCheck
    private let now: @Sendable () -> Date
    private let running = Mutex<Set<WatchID>>([])

    public init(store: Store, check: ProxyCheck, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.check = check
        self.now = now
    }

    /// What came of each way, the direct one first; nil when there is no such watch. Throws `InputError` when the
    /// request itself cannot be made, or when too many scans run.
    ///
    /// `prepare` makes the request, and so runs the watch's templates.
    func run(
        _ id: WatchID,
        prepare: (CheckJob) async throws -> FetchRequest = { try CheckRequest.make(for: $0, isDirect: true) }
    ) async throws -> [ProxyCheck.Finding]? {
        guard let job = try await store.checkJob(id, now: now()) else { return nil }
        let proxies = try await store.settings().proxies
        let request: FetchRequest
        do {
            request = try await prepare(job)
        } catch let error as CheckFailure {
            throw InputError("url", error.message)
        }
        let isFree = running.withLock { $0.count < Self.most && $0.insert(id).inserted }
        guard isFree else {
            throw InputError("proxy", "Another check of all proxies is running. Try again when it is done")
        }
        defer { running.withLock { _ = $0.remove(id) } }
        return await check.run(request, proxies)
    }
}

extension AskedActions {
    /// Fetches a watch's page directly and by every proxy, as `ProxyScan` does; nil when there is no such watch.
    /// Throws `InputError` when the request itself cannot be made.
    public func tryProxies(_ trial: ProxyScan, on id: WatchID) async throws -> [ProxyCheck.Finding]? {
        try requester.require(.check)
        let findings = try await trial.run(id) { job in
            try await judge { try CheckRequest.make(for: job, isDirect: true) }
        }
        guard let findings else { return nil }
        say("proxies checked", [id])
        return findings
    }
}

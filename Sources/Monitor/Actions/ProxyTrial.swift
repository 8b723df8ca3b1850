public import Domain
public import Fetchers
public import Foundation
import Logging
public import Storage

/// Fetches a watch's page directly and by every proxy of the settings, so that a person sees which of them works for it.
///
/// Nothing is compared, stored or announced.
public struct ProxyTrial: Sendable {
    private let store: Store
    private let check: ProxyCheck
    private let now: @Sendable () -> Date

    public init(store: Store, check: ProxyCheck, now: @escaping @Sendable () -> Date = { Date() }) {
        self.store = store
        self.check = check
        self.now = now
    }

    /// What came of each way, the direct one first; nil when there is no such watch. Throws `InputError` when the request
    /// itself cannot be made.
    func run(_ id: WatchID) async throws -> [ProxyCheck.Finding]? {
        guard let job = try await store.checkJob(id, now: now()) else { return nil }
        let request: FetchRequest
        do {
            request = try CheckRequest.make(for: job, isDirect: true)
        } catch {
            throw InputError("url", error.message)
        }
        return await check.run(request, job.shared.proxies)
    }
}

extension AskedActions {
    /// Fetches a watch's page directly and by every proxy, as `ProxyTrial` does; nil when there is no such watch.
    /// Throws `InputError` when the request itself cannot be made.
    public func tryProxies(_ trial: ProxyTrial, on id: WatchID) async throws -> [ProxyCheck.Finding]? {
        try requester.require(.check)
        guard let findings = try await trial.run(id) else { return nil }
        say("proxies checked", [id])
        return findings
    }
}

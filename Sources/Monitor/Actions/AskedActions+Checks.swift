public import Domain
import Foundation
import Logging
import Storage

extension AskedActions {
    /// Checks these now, before everything the clock wants; also paused ones. Returns how many are new in the queue,
    /// or checked already because of it.
    ///
    /// The wish is a row (the due time) before it is in the queue, so that it survives a crash; that for a paused
    /// watch, which has no due time, does not.
    @discardableResult
    public func recheck(_ ids: [WatchID], priority: CheckPriority = .person) async throws -> Int {
        try requester.require(.check)
        let moment = actions.now()
        _ = try await actions.stored { try await actions.store.makeDue(ids, now: moment) }
        let rows = try await actions.store.rows(ids)
        if !rows.isEmpty { say("recheck asked for", rows.map(\.id)) }
        return await actions.queue.push(
            rows.map {
                QueuedCheck(
                    watch: $0.id, host: actions.hostOf($0.url), priority: priority, enqueuedAt: moment,
                    isClick: ids.count == 1)
            })
    }

    /// Checks one watch now; false when there is no such watch.
    public func recheckIfThere(_ id: WatchID) async throws -> Bool {
        try requester.require(.check)
        guard try await actions.store.watch(id) != nil else { return false }
        try await recheck([id])
        return true
    }

    /// Checks every watch that is not paused, or those of a tag; returns how many were not due already.
    @discardableResult
    public func recheckAll(tag: TagID? = nil) async throws -> Int {
        try requester.require(.check)
        let moment = actions.now()
        let count = try await actions.stored {
            if let tag {
                try await actions.store.makeAllDue(now: moment, tag: tag)
            } else {
                try await actions.store.makeAllDue(now: moment)
            }
        }
        say("recheck of all asked for", [], tag.map { ["tag": "\($0)"] } ?? [:])
        actions.wakeScheduler(moment)
        return count
    }

    /// Marks as seen what is there now, or what there is up to a version that somebody was shown; false when there is
    /// no such watch.
    @discardableResult
    public func markViewed(_ id: WatchID, upTo shown: SnapshotVersion? = nil) async throws -> Bool {
        try requester.require(.edit)
        guard let watch = try await actions.store.watch(id) else { return false }
        // What has not been taken yet nobody can have seen.
        let seen = shown.flatMap { shown in watch.state.newestVersion.map { min(shown, $0) } }
        guard try await actions.stored({ try await actions.store.markViewed(id, version: seen) }) else { return true }
        say("marked as read", [id])
        actions.bus.publish(.watch(id, .viewed))
        actions.bus.publish(.totals)
        return true
    }

    /// Marks every watch as seen.
    public func markAllViewed() async throws {
        try requester.require(.edit)
        let unviewed = try await actions.store.ids(matching: WatchQuery(state: .unviewed, limit: .max))
        _ = try await actions.stored { try await actions.store.markAllViewed() }
        say("all marked as read")
        for id in unviewed { actions.bus.publish(.watch(id, .viewed)) }
        actions.bus.publish(.totals)
    }

    /// Forgets a watch's snapshots and checks, and checks it anew.
    public func clearHistory(_ id: WatchID) async throws -> Bool {
        try requester.require(.edit)
        let moment = actions.now()
        guard try await actions.stored({ try await actions.store.clearHistory(id, now: moment) }) else { return false }
        say("history cleared", [id])
        actions.bus.publish(.watch(id, .historyCleared))
        actions.bus.publish(.totals)
        if let watch = try await actions.store.watch(id) {
            await checkSoon([watch], since: moment, wishedAt: actions.now())
        }
        return true
    }

    /// Takes a person's word on whether the price that the page gives for machines is followed; with yes the watch
    /// begins anew, as one of stock and price, as in the incumbent. False when there is no such watch.
    @discardableResult
    public func answerPriceData(_ id: WatchID, _ wish: PriceDataWish) async throws -> Bool {
        let edited = try await edit(id) { watch in
            watch.settings.priceData = wish
            if wish == .accepted { watch.settings.processor = .restock }
        }
        guard edited != nil else { return false }
        return wish == .accepted ? try await clearHistory(id) : true
    }

    /// As `Explanation.of`, with the store of the actions; nothing is stored.
    public func explain(_ watch: Watch, version: SnapshotVersion) async throws -> Explanation? {
        try await explain(watch, version: version) { $0 }
    }

    /// The same, made into what is to be shown of it on the thread where it was found.
    public func explain<Shape: Sendable>(
        _ watch: Watch, version: SnapshotVersion, as shape: @escaping @Sendable (Explanation) -> Shape
    ) async throws -> Shape? {
        try requester.require(.check)
        let place = Explanation.Place(
            store: actions.store, judging: actions.judging, requester: requester, limits: actions.limits)
        return try await Explanation.of(watch, version: version, place, shape)
    }
}

public import Domain
public import Foundation
public import Storage

/// Everything with consequences that people and programs can do; page, API and socket call these and nothing else.
///
/// Each stores first, then acts on the queue, then announces.
public struct WatchActions: Sendable {
    /// So many watches at once are still a person's work by hand.
    static let handful = 100

    let store: Store
    private let queue: any CheckQueue
    private let bus: SignalBus
    private let addressProblem: @Sendable (String) -> String?
    private let hostOf: @Sendable (String) -> String
    /// Says that something has become due at a moment or later.
    private let wakeScheduler: @Sendable (Date) -> Void
    private let now: @Sendable () -> Date
    private let trouble = WriteTrouble()

    /// Why the newest of people's and programs' wishes could not be stored; nil when it could, or when that was long ago.
    public var writeTrouble: String? { trouble.current(now: now()) }

    public init(
        store: Store, queue: any CheckQueue, bus: SignalBus,
        addressProblem: @escaping @Sendable (String) -> String?, hostOf: @escaping @Sendable (String) -> String,
        wakeScheduler: @escaping @Sendable (Date) -> Void, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.queue = queue
        self.bus = bus
        self.addressProblem = addressProblem
        self.hostOf = hostOf
        self.wakeScheduler = wakeScheduler
        self.now = now
    }

    /// Makes watches that are due at once, all or none; throws `InputError` when one of them makes no sense.
    public func add(_ wanted: [NewWatch]) async throws -> [Watch] {
        let moment = now()
        let proxies = try await proxies(if: wanted.contains { $0.settings.proxy != nil })
        let new = try wanted.map { wanted in
            var new = wanted
            new.url = new.url.trimmingCharacters(in: .whitespacesAndNewlines)
            try WatchRules.check(
                url: new.url, title: new.title, tagTitles: new.tagTitles, settings: new.settings, proxies: proxies,
                addressProblem: addressProblem)
            if new.title?.isEmpty == true { new.title = nil }
            new.firstDue = moment
            return new
        }
        let watches = try await stored { try await store.create(new, now: moment) }
        for watch in watches { bus.publish(.watch(watch.id, .created)) }
        bus.publish(.totals)
        await checkSoon(watches, since: moment)
        return watches
    }

    /// Changes one watch; nil when there is no such watch. Throws `InputError` when the result makes no sense, and then changes nothing.
    ///
    /// `tagTitles`, when given, are the watch's tags from then on. The result is judged before the transaction, because a filter of jq
    /// costs a process and nobody could store anything meanwhile; `change` is called again in it, and once more for each edit by somebody
    /// else that came in between.
    public func edit(
        _ id: WatchID, tagTitles: [String]? = nil, _ change: @escaping @Sendable (inout Watch) throws -> Void
    ) async throws -> Watch? {
        let moment = now()
        var edited: Watch?
        repeat {
            guard let before = try await store.watch(id) else { return nil }
            let judged = try WatchEdit(of: before, change)
            try await judge(judged, tagTitles)
            do {
                edited = try await stored {
                    try await store.update(id, now: moment, tagTitles: tagTitles) { watch in
                        let now = try WatchEdit(of: watch, change)
                        guard now.isCovered(by: judged) else { throw WatchEdit.Overtaken() }
                        watch = now.after
                    }
                }
                guard edited != nil else { return nil }
            } catch is WatchEdit.Overtaken {}
        } while edited == nil
        guard let edited else { return nil }
        if edited.paused { await queue.remove([id]) }
        bus.publish(.watch(id, .edited))
        bus.publish(.totals)
        await checkSoon([edited], since: moment)
        return edited
    }

    /// What rules would say against an edit, which is not made; for a form that tells all that is wrong with it in one round.
    public func problems(
        of id: WatchID, tagTitles: [String]?, _ change: (inout Watch) throws -> Void
    ) async throws -> [FieldError] {
        guard let before = try await store.watch(id) else { return [] }
        do {
            try await judge(WatchEdit(of: before, change), tagTitles)
            return []
        } catch let error as InputError {
            return error.fields
        }
    }

    /// Returns the watches that there were.
    @discardableResult
    public func delete(_ ids: [WatchID]) async throws -> [WatchID] {
        let gone = try await stored { try await store.delete(ids) }
        await queue.remove(gone)
        for id in gone { bus.publish(.watch(id, .deleted)) }
        bus.publish(.totals)
        return gone
    }

    /// Pauses or resumes; a running check ends as usual. Returns those that it changed.
    @discardableResult
    public func setPaused(_ ids: [WatchID], _ paused: Bool) async throws -> [WatchID] {
        let moment = now()
        let changed = try await stored { try await store.setPaused(ids, paused, now: moment) }
        if paused { await queue.remove(changed) }
        for id in changed { bus.publish(.watch(id, .edited)) }
        bus.publish(.totals)
        if !paused { wakeScheduler(moment) }
        return changed
    }

    /// Pauses or resumes one watch, which may be as it is wished already; false when there is no such watch.
    public func setPausedIfThere(_ id: WatchID, _ paused: Bool) async throws -> Bool {
        if try await !setPaused([id], paused).isEmpty { return true }
        return try await store.watch(id) != nil
    }

    /// Checks at a person's priority those that their change has made due, while they are so few that somebody waits for each; a bulk import
    /// goes in by the clock, behind what people ask for.
    private func checkSoon(_ watches: [Watch], since moment: Date) async {
        let due = watches.filter { watch in watch.state.nextDue.map { $0.timeIntervalSince(moment) < 0.001 } ?? false }
        guard !due.isEmpty else { return }
        guard due.count <= Self.handful else { return wakeScheduler(moment) }
        await queue.push(
            due.map { QueuedCheck(watch: $0.id, host: hostOf($0.url), priority: .person, enqueuedAt: moment) })
    }

    /// Checks these now, before everything the clock wants; also paused ones. Returns how many are new in the queue.
    ///
    /// The wish is a row (the due time) before it is in the queue, so that it survives a crash; that for a paused watch, which has no due
    /// time, does not.
    @discardableResult
    public func recheck(_ ids: [WatchID], priority: CheckPriority = .person) async throws -> Int {
        let moment = now()
        _ = try await stored { try await store.makeDue(ids, now: moment) }
        let rows = try await store.rows(ids)
        return await queue.push(
            rows.map { QueuedCheck(watch: $0.id, host: hostOf($0.url), priority: priority, enqueuedAt: moment) })
    }

    /// Checks one watch now; false when there is no such watch.
    public func recheckIfThere(_ id: WatchID) async throws -> Bool {
        guard try await store.watch(id) != nil else { return false }
        try await recheck([id])
        return true
    }

    /// Checks every watch that is not paused, or those of a tag; returns how many were not due already.
    @discardableResult
    public func recheckAll(tag: TagID? = nil) async throws -> Int {
        let moment = now()
        let count = try await stored {
            if let tag {
                try await store.makeAllDue(now: moment, tag: tag)
            } else {
                try await store.makeAllDue(now: moment)
            }
        }
        wakeScheduler(moment)
        return count
    }

    /// Marks as seen what is there now, or what there is up to a version that somebody was shown; false when there is no such watch.
    @discardableResult
    public func markViewed(_ id: WatchID, upTo shown: SnapshotVersion? = nil) async throws -> Bool {
        guard let watch = try await store.watch(id) else { return false }
        // What has not been taken yet nobody can have seen.
        let seen = shown.flatMap { shown in watch.state.newestVersion.map { min(shown, $0) } }
        guard try await stored({ try await store.markViewed(id, version: seen) }) else { return true }
        bus.publish(.watch(id, .viewed))
        bus.publish(.totals)
        return true
    }

    /// Marks every watch as seen.
    public func markAllViewed() async throws {
        let unviewed = try await store.ids(matching: WatchQuery(state: .unviewed, limit: .max))
        _ = try await stored { try await store.markAllViewed() }
        for id in unviewed { bus.publish(.watch(id, .viewed)) }
        bus.publish(.totals)
    }

    /// Forgets a watch's snapshots and checks, and checks it anew.
    public func clearHistory(_ id: WatchID) async throws -> Bool {
        let moment = now()
        guard try await stored({ try await store.clearHistory(id, now: moment) }) else { return false }
        bus.publish(.watch(id, .historyCleared))
        bus.publish(.totals)
        if let watch = try await store.watch(id) { await checkSoon([watch], since: moment) }
        return true
    }

    /// Throws `InputError` when what an edit leads to makes no sense; waits on a thread of its own, since it may start processes.
    private func judge(_ edit: WatchEdit, _ tagTitles: [String]?) async throws {
        guard edit.changesSomething || tagTitles != nil else { return }
        let addressProblem = addressProblem
        let proxies = try await proxies(if: edit.changesProxy)
        let judgement = await OwnThread.run { () -> Result<Void, any Error> in
            Result {
                // What may be fetched is a setting that may have changed since; a watch can be muted and named all the same.
                try WatchRules.check(
                    url: edit.after.url, title: edit.after.title, tagTitles: tagTitles ?? [],
                    settings: edit.after.settings, proxies: proxies,
                    addressProblem: { edit.changesAddress ? addressProblem($0) : nil })
            }
        }
        try judgement.get()
    }

    /// Takes a person's word on whether the price that the page gives for machines is followed; with yes the watch begins anew, as one of
    /// stock and price, as in the incumbent. False when there is no such watch.
    @discardableResult
    public func answerPriceData(_ id: WatchID, _ wish: PriceDataWish) async throws -> Bool {
        let edited = try await edit(id) { watch in
            watch.settings.priceData = wish
            if wish == .accepted { watch.settings.processor = .restock }
        }
        guard edited != nil else { return false }
        return wish == .accepted ? try await clearHistory(id) : true
    }

    /// Changes a tag; nil when there is none such. Throws `InputError` when the result makes no sense, and then changes nothing. Judged before
    /// the transaction, as `edit` is.
    public func editTag(_ id: TagID, _ change: @escaping @Sendable (inout Tag) throws -> Void) async throws -> Tag? {
        while true {
            guard let before = try await store.tag(id) else { return nil }
            let had = try await watches(of: id)
            var wanted = before
            try change(&wanted)
            let judged = wanted
            try await checkTag(judged, after: before)
            do {
                let edited = try await stored {
                    try await store.updateTag(id, now: now()) { tag in
                        try change(&tag)
                        guard tag == judged else { throw WatchEdit.Overtaken() }
                    }
                }
                if edited != nil { announce(had + (try await watches(of: id))) }
                return edited
            } catch is WatchEdit.Overtaken {}
        }
    }

    /// Throws `InputError` when a tag makes no sense; waits on a thread of its own, since it may start processes.
    private func checkTag(_ tag: Tag, after before: Tag? = nil) async throws {
        let proxies = try await proxies(if: tag.settings.proxy != before?.settings.proxy)
        try await OwnThread.run { Result { try WatchRules.check(tag, proxies: proxies) } }.get()
    }

    /// The proxies that can be chosen, read only when a choice is to be checked.
    private func proxies(if isNeeded: Bool) async throws -> [NamedProxy]? {
        isNeeded ? try await store.settings().proxies : nil
    }

    /// Deletes a tag, not its watches; false when there is none such.
    public func deleteTag(_ id: TagID) async throws -> Bool {
        let had = try await watches(of: id)
        let isGone = try await stored { try await store.deleteTag(id, now: now()) }
        if isGone { announce(had) }
        return isGone
    }

    /// Makes a tag that is as `change` makes it; the tag of that title as it is when there is one. Throws `InputError` when it makes no
    /// sense, and then makes none.
    public func makeTag(
        _ title: String, _ change: @escaping @Sendable (inout Tag) throws -> Void = { _ in }
    ) async throws -> Tag {
        let title = title.trimmingCharacters(in: .whitespacesAndNewlines)
        var draft = Tag(title: title, createdAt: now())
        try change(&draft)
        try await checkTag(draft)
        if let known = try await store.tag(titled: title) { return known }
        let tag = try await stored { try await store.createTag(title, now: now()) }
        return try await editTag(tag.id, change) ?? tag
    }

    /// The watches whose rows show a tag.
    private func watches(of tag: TagID) async throws -> [WatchID] {
        try await store.ids(matching: WatchQuery(tag: tag, limit: .max))
    }

    /// Says that rows of these watches show something else.
    private func announce(_ watches: [WatchID]) {
        for id in Set(watches) { bus.publish(.watch(id, .edited)) }
        bus.publish(.totals)
    }

    /// Changes the settings for all watches; throws `InputError` when they make no sense, and then changes nothing.
    ///
    /// Judged before the transaction as `edit` is, and again when somebody else's change came in between.
    public func editSettings(_ change: @escaping @Sendable (inout Settings) throws -> Void) async throws -> Settings {
        while true {
            var wanted = try await store.settings()
            try change(&wanted)
            let judged = wanted
            let errors = await OwnThread.run {
                WatchRules.errors(of: judged)
            }
            guard errors.isEmpty else { throw InputError(errors) }
            do {
                return try await stored {
                    try await store.updateSettings(now: now()) { settings in
                        try change(&settings)
                        guard settings == judged else { throw WatchEdit.Overtaken() }
                    }
                }
            } catch is WatchEdit.Overtaken {}
        }
    }

    /// Everything that is stored goes through here, so that readiness knows of a store that takes nothing.
    private func stored<Value>(_ write: () async throws -> Value) async throws -> Value {
        do {
            let value = try await write()
            trouble.clear()
            return value
        } catch let error as StoreError {
            trouble.note(error, at: now())
            throw error
        }
    }
}

public import Domain
import Foundation
import Logging
public import Storage

/// The actions, asked for by somebody: each looks first whether they may, and leaves a line in the log that names them.
public struct AskedActions: Sendable {
    let actions: WatchActions
    public let requester: Requester

    /// Makes watches that are due at once, all or none; throws `InputError` when one of them makes no sense.
    public func add(_ wanted: [NewWatch]) async throws -> [Watch] {
        try requester.require(.edit)
        let moment = actions.now()
        let proxies = try await proxies(if: wanted.contains { $0.settings.proxy != nil })
        let check: @Sendable () throws -> [NewWatch] = { [addressProblem = actions.addressProblem] in
            try wanted.map { wanted in
                var new = wanted
                new.url = new.url.trimmingCharacters(in: .whitespacesAndNewlines)
                try WatchRules.check(
                    url: new.url, title: new.title, tagTitles: new.tagTitles, settings: new.settings, proxies: proxies,
                    addressProblem: addressProblem)
                if new.title?.isEmpty == true { new.title = nil }
                new.firstDue = moment
                return new
            }
        }
        // A plain address is looked at faster than a thread is woken.
        let isPlain =
            wanted.count <= WatchActions.handful
            && !wanted.contains { WatchRules.runSomething(url: $0.url, settings: $0.settings) }
        let new = isPlain ? try check() : try await judge(check)
        let watches = try await actions.stored { try await actions.store.create(new, by: requester, now: moment) }
        for watch in watches { actions.bus.publish(.watch(watch.id, .created)) }
        actions.bus.publish(.totals)
        say("added", watches.map(\.id))
        await checkSoon(watches, since: moment, wishedAt: moment)
        return watches
    }

    /// Changes one watch; nil when there is no such watch. Throws `InputError` when the result makes no sense, and then
    /// changes nothing.
    ///
    /// `tagTitles`, when given, are the watch's tags from then on. The result is checked before the transaction,
    /// because filters take time to be tried and nobody could store anything meanwhile; `change` is called again in
    /// it, and once more for each edit by somebody else that came in between.
    public func edit(
        _ id: WatchID, tagTitles: [String]? = nil, _ change: @escaping @Sendable (inout Watch) throws -> Void
    ) async throws -> Watch? {
        try requester.require(.edit)
        let moment = actions.now()
        var edited: Watch?
        repeat {
            guard let before = try await actions.store.watch(id) else { return nil }
            let checked = try WatchEdit(of: before, change)
            try await validate(checked, tagTitles)
            do {
                edited = try await actions.stored {
                    try await actions.store.update(id, by: requester, now: moment, tagTitles: tagTitles) { watch in
                        let now = try WatchEdit(of: watch, change)
                        guard now.isCovered(by: checked) else { throw WatchEdit.Overtaken() }
                        watch = now.after
                    }
                }
                guard edited != nil else { return nil }
            } catch is WatchEdit.Overtaken {}
        } while edited == nil
        guard let edited else { return nil }
        say("edited", [id])
        if edited.paused { await actions.queue.remove([id]) }
        actions.bus.publish(.watch(id, .edited))
        actions.bus.publish(.totals)
        await checkSoon([edited], since: moment, wishedAt: actions.now())
        return edited
    }

    /// What rules would say against an edit, which is not made; for a form that tells all that is wrong with it in one
    /// round.
    public func problems(
        of id: WatchID, tagTitles: [String]?, _ change: (inout Watch) throws -> Void
    ) async throws -> [FieldError] {
        try requester.require(.edit)
        guard let before = try await actions.store.watch(id) else { return [] }
        do {
            try await validate(WatchEdit(of: before, change), tagTitles)
            return []
        } catch let error as InputError {
            return error.fields
        }
    }

    /// Returns the watches that there were.
    @discardableResult
    public func delete(_ ids: [WatchID]) async throws -> [WatchID] {
        try requester.require(.edit)
        let gone = try await remove(ids)
        if !gone.isEmpty { say("deleted", gone) }
        return gone
    }

    /// Deletes every watch that a list finds at this moment, on all its pages; returns how many there were.
    ///
    /// A few at a time, so that checks and other people's changes are stored in between; whoever stops it keeps what is
    /// left.
    public func delete(matching query: WatchQuery) async throws -> Int {
        try requester.require(.edit)
        var query = query
        query.offset = 0
        query.limit = .max
        var rest = try await actions.store.ids(matching: query)[...]
        var count = 0
        defer { if count > 0 { say("deleted all that match", [], ["watches": "\(count)"]) } }
        while !rest.isEmpty {
            try Task.checkCancellation()
            count += try await remove(Array(rest.prefix(WatchActions.handful))).count
            rest = rest.dropFirst(WatchActions.handful)
        }
        return count
    }

    private func remove(_ ids: [WatchID]) async throws -> [WatchID] {
        let gone = try await actions.stored { try await actions.store.delete(ids, by: requester, now: actions.now()) }
        await actions.queue.remove(gone)
        for id in gone { actions.bus.publish(.watch(id, .deleted)) }
        actions.bus.publish(.totals)
        return gone
    }

    /// Pauses or resumes; a running check ends as usual. Returns those that it changed.
    @discardableResult
    public func setPaused(_ ids: [WatchID], _ paused: Bool) async throws -> [WatchID] {
        try requester.require(.edit)
        let moment = actions.now()
        let changed = try await actions.stored {
            try await actions.store.setPaused(ids, paused, by: requester, now: moment)
        }
        if !changed.isEmpty { say(paused ? "paused" : "resumed", changed) }
        if paused { await actions.queue.remove(changed) }
        for id in changed { actions.bus.publish(.watch(id, .edited)) }
        actions.bus.publish(.totals)
        if !paused { actions.wakeScheduler(moment) }
        return changed
    }

    /// Pauses or resumes one watch, which may be as it is wished already; false when there is no such watch.
    public func setPausedIfThere(_ id: WatchID, _ paused: Bool) async throws -> Bool {
        if try await !setPaused([id], paused).isEmpty { return true }
        return try await actions.store.watch(id) != nil
    }

    /// Does `body`, which tries what a person wrote, on the threads for that.
    func judge<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await actions.judging.run(for: requester) { Result { try body() } }.get()
    }

    /// Throws `InputError` when what an edit leads to makes no sense.
    private func validate(_ edit: WatchEdit, _ tagTitles: [String]?) async throws {
        guard edit.changesSomething || tagTitles != nil else { return }
        let addressProblem = actions.addressProblem
        let proxies = try await proxies(if: edit.changesProxy)
        let check: @Sendable () throws -> Void = {
            // What may be fetched is a setting that may have changed since; a watch can be muted and named all the
            // same.
            try WatchRules.check(
                url: edit.after.url, title: edit.after.title, tagTitles: tagTitles ?? [],
                settings: edit.after.settings, proxies: proxies, triesRules: edit.changesSettings,
                addressProblem: { edit.changesAddress ? addressProblem($0) : nil })
        }
        if WatchRules.runSomething(url: edit.after.url, settings: edit.after.settings) {
            try await judge(check)
        } else {
            try check()
        }
    }

    /// Checks at a person's priority those that their change has made due, while they are so few that somebody waits
    /// for each; a bulk import goes in by the clock, behind what people ask for. A check that began after `wishedAt` is
    /// what they wish for.
    func checkSoon(_ watches: [Watch], since moment: Date, wishedAt: Date) async {
        let due = watches.filter { watch in watch.state.nextDue.map { $0.timeIntervalSince(moment) < 0.001 } ?? false }
        guard !due.isEmpty else { return }
        guard due.count <= WatchActions.handful else { return actions.wakeScheduler(moment) }
        await actions.queue.push(
            due.map { QueuedCheck(watch: $0.id, host: actions.hostOf($0.url), priority: .person, enqueuedAt: wishedAt) }
        )
    }

    /// The proxies that can be chosen, read only when a choice is to be checked.
    func proxies(if isNeeded: Bool) async throws -> [NamedProxy]? {
        isNeeded ? try await actions.store.settings().proxies : nil
    }

    /// Leaves one line of what was done, to however many watches.
    func say(_ what: Logger.Message, _ watches: [WatchID] = [], _ more: Logger.Metadata = [:]) {
        var told = more
        told["who"] = "\(requester)"
        if watches.count > 1 {
            told["watches"] = "\(watches.count)"
        } else if let watch = watches.first {
            told["watch"] = "\(watch)"
        }
        actions.logger.info(what, metadata: told)
    }
}

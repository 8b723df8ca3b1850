public import Domain
import Foundation
import Logging
import Storage

extension AskedActions {
    /// Changes a tag; nil when there is none such. Throws `InputError` when the result makes no sense, and then changes
    /// nothing. Checked before the transaction, as `edit` is.
    public func editTag(_ id: TagID, _ change: @escaping @Sendable (inout Tag) throws -> Void) async throws -> Tag? {
        try requester.require(.edit)
        while true {
            guard let before = try await actions.store.tag(id) else { return nil }
            let had = try await watches(of: id)
            var wanted = before
            try change(&wanted)
            let checked = wanted
            try await checkTag(checked, after: before)
            do {
                let edited = try await actions.stored {
                    try await actions.store.updateTag(id, by: requester, now: actions.now()) { tag in
                        try change(&tag)
                        guard tag == checked else { throw WatchEdit.Overtaken() }
                    }
                }
                if edited != nil {
                    say("tag edited", [], ["tag": "\(id)"])
                    announce(had + (try await watches(of: id)))
                }
                return edited
            } catch is WatchEdit.Overtaken {}
        }
    }

    /// Throws `InputError` when a tag makes no sense.
    private func checkTag(_ tag: Tag, after before: Tag? = nil) async throws {
        let proxies = try await proxies(if: tag.settings.proxy != before?.settings.proxy)
        try await judge { try WatchRules.check(tag, proxies: proxies) }
    }

    /// Deletes a tag, not its watches; false when there is none such.
    public func deleteTag(_ id: TagID) async throws -> Bool {
        try requester.require(.edit)
        let had = try await watches(of: id)
        let isGone = try await actions.stored {
            try await actions.store.deleteTag(id, by: requester, now: actions.now())
        }
        if isGone {
            say("tag deleted", [], ["tag": "\(id)"])
            announce(had)
        }
        return isGone
    }

    /// Makes a tag that is as `change` makes it; the tag of that title as it is when there is one. Throws `InputError`
    /// when it makes no sense, and then makes none.
    public func makeTag(
        _ title: String, _ change: @escaping @Sendable (inout Tag) throws -> Void = { _ in }
    ) async throws -> Tag {
        try requester.require(.edit)
        let title = title.trimmingCharacters(in: .whitespacesAndNewlines)
        var draft = Tag(title: title, createdAt: actions.now())
        try change(&draft)
        try await checkTag(draft)
        if let known = try await actions.store.tag(titled: title) { return known }
        let tag = try await actions.stored {
            try await actions.store.createTag(title, by: requester, now: actions.now())
        }
        say("tag added", [], ["tag": "\(tag.id)"])
        return try await editTag(tag.id, change) ?? tag
    }

    /// The watches whose rows show a tag.
    private func watches(of tag: TagID) async throws -> [WatchID] {
        try await actions.store.ids(matching: WatchQuery(tag: tag, limit: .max))
    }

    /// Says that rows of these watches show something else.
    private func announce(_ watches: [WatchID]) {
        for id in Set(watches) { actions.bus.publish(.watch(id, .edited)) }
        actions.bus.publish(.totals)
    }
}

import Domain
import Foundation
import Storage

// What tests make and change: nobody in particular asks for it.
extension Store {
    func create(_ watches: [NewWatch], now: Date) async throws -> [Watch] {
        try await create(watches, by: .tester, now: now)
    }

    func update(
        _ id: WatchID, now: Date, tagTitles: [String]? = nil, _ change: @escaping @Sendable (inout Watch) throws -> Void
    ) async throws -> Watch? {
        try await update(id, by: .tester, now: now, tagTitles: tagTitles, change)
    }

    func delete(_ ids: [WatchID]) async throws -> [WatchID] {
        try await delete(ids, by: .tester, now: Date(timeIntervalSince1970: 1_700_000_000))
    }

    func setPaused(_ ids: [WatchID], _ paused: Bool, now: Date) async throws -> [WatchID] {
        try await setPaused(ids, paused, by: .tester, now: now)
    }

    func createTag(_ title: String, now: Date) async throws -> Tag {
        try await createTag(title, by: .tester, now: now)
    }

    func updateTag(
        _ id: TagID, now: Date, _ change: @escaping @Sendable (inout Tag) throws -> Void
    ) async throws -> Tag? {
        try await updateTag(id, by: .tester, now: now, change)
    }

    func deleteTag(_ id: TagID, now: Date) async throws -> Bool {
        try await deleteTag(id, by: .tester, now: now)
    }

    func updateSettings(
        now: Date, _ change: @escaping @Sendable (inout Settings) throws -> Void
    ) async throws -> Settings {
        try await updateSettings(by: .tester, now: now, change)
    }
}

extension Requester {
    static let tester = Requester(.person("tester"))
}

package import Domain
package import Foundation
package import Storage

// What tests make and change: nobody in particular asks for it.
extension Store {
    package func create(_ watches: [NewWatch], now: Date) async throws -> [Watch] {
        try await create(watches, by: .tester, now: now)
    }

    package func update(
        _ id: WatchID, now: Date, tagTitles: [String]? = nil, _ change: @escaping @Sendable (inout Watch) throws -> Void
    ) async throws -> Watch? {
        try await update(id, by: .tester, now: now, tagTitles: tagTitles, change)
    }

    package func delete(_ ids: [WatchID]) async throws -> [WatchID] {
        try await delete(ids, by: .tester, now: Date(timeIntervalSince1970: 1_700_000_000))
    }

    package func setPaused(_ ids: [WatchID], _ paused: Bool, now: Date) async throws -> [WatchID] {
        try await setPaused(ids, paused, by: .tester, now: now)
    }

    package func createTag(_ title: String, now: Date) async throws -> Tag {
        try await createTag(title, by: .tester, now: now)
    }

    package func updateTag(
        _ id: TagID, now: Date, _ change: @escaping @Sendable (inout Tag) throws -> Void
    ) async throws -> Tag? {
        try await updateTag(id, by: .tester, now: now, change)
    }

    package func deleteTag(_ id: TagID, now: Date) async throws -> Bool {
        try await deleteTag(id, by: .tester, now: now)
    }

    package func updateSettings(
        now: Date, _ change: @escaping @Sendable (inout Settings) throws -> Void
    ) async throws -> Settings {
        try await updateSettings(by: .tester, now: now, change)
    }
}

extension Requester {
    package static let tester = Requester(.person("tester"))
}

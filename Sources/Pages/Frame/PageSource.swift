import Domain
import Foundation
import Monitor
import Storage
import WebCore

/// Gathers what pages show from the parts below.
struct PageSource: Sendable {
    /// Versions that a page offers to choose from.
    static let mostVersions = 500
    static let mostChecks = 50
    /// Points of a price chart, more than it has pixels.
    static let mostPrices = 500

    let store: Store
    let queue: any CheckQueue
    let steps: LiveSteps
    let lateness: Lateness
    let banners: @Sendable () async -> [Banner]
    let now: @Sendable () -> Date

    func frame() async throws -> Frame {
        await frame(try await store.totals())
    }

    /// What the header shows, with totals that the store need not be asked for.
    func frame(_ totals: Totals) async -> Frame {
        let counts = await queue.counts
        return Frame(
            now: now(), queueLength: counts.length, running: counts.running, late: lateness.summary.p95, totals: totals,
            banners: await banners())
    }

    /// What is queued or runs now of `rows`.
    func activity(_ rows: [WatchRow]) async -> [WatchID: RowActivity] {
        let places = await queue.places(of: rows.map(\.id))
        return places.mapValues { _ in RowActivity.queued }.merging(
            places.filter { $0.value != .waiting }.map { ($0.key, .checking(steps.step(of: $0.key) ?? .fetching)) }
        ) { $1 }
    }

    private func tags() async throws -> [TagID: Tag] {
        Dictionary(try await store.tags().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The list that `query` asks for; `pinned` comes first, wherever it would stand.
    func list(_ query: ListQuery, pinned: WatchID? = nil) async throws -> ListPage {
        let size = max(1, min(1_000, try await store.settings().pagerSize))
        let found = try await store.page(query.storeQuery(pageSize: size))
        var rows = found.rows
        if let pinned, let row = try await store.rows([pinned]).first {
            rows.removeAll { $0.id == pinned }
            rows.insert(row, at: 0)
        }
        return ListPage(
            query: query, rows: rows, matching: found.matching, matchingIsCut: found.matchingIsCut, pageSize: size,
            activity: await activity(rows), tags: try await tags())
    }

    /// One watch as pages about it show it; nil when it is gone.
    func watch(_ id: WatchID) async throws -> (row: WatchRow, activity: RowActivity, tags: [Tag])? {
        guard let row = try await store.rows([id]).first else { return nil }
        let tags = try await store.tags(Set(row.tags))
        return (row, await activity([row])[id] ?? .idle, row.tags.compactMap { tags[$0] })
    }

    /// What was changed of a thing, and who did.
    func edits(of thing: Edit.Thing) async throws -> EditsView {
        EditsView(try await store.edits(of: thing, limit: EditsView.most + 1), tags: try await store.tags())
    }

    /// Versions, newest first.
    func versions(of id: WatchID) async throws -> [SnapshotVersion] {
        try await store.snapshots(of: id, newest: Self.mostVersions).map(\.version).reversed()
    }
}

extension ListQuery {
    /// The same question as the store puts it.
    func storeQuery(pageSize: Int) -> WatchQuery {
        let state: WatchQuery.State =
            switch filter {
            case .all: .all
            case .unread: .unviewed
            case .failing: .failing
            case .paused: .paused
            }
        let order: WatchQuery.Order =
            switch sort {
            case .changed: .lastChanged
            case .checked: .lastChecked
            case .label: .label
            case .created: .created
            }
        return WatchQuery(
            search: search.isEmpty ? nil : search, tag: tag, state: state, order: order, descending: descending,
            offset: (page - 1) * pageSize, limit: pageSize)
    }
}

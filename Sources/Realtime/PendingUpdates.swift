import Domain

/// What has happened since the last time clients were told, boiled down: a watch's latest state wins, counts are told
/// once.
///
/// A value without a clock, so that the rule can be tried in any order.
struct PendingUpdates: Equatable {
    /// So many new watches are told one by one; when there are more, clients look at the list as a whole.
    static let namedCreations = 50

    private(set) var watches: Set<WatchID> = []
    private(set) var created: [WatchID] = []
    private(set) var manyCreated = false
    private(set) var deleted: Set<WatchID> = []
    private(set) var queueLength: Int?
    private(set) var running: Int?
    private(set) var totals = false
    /// Somebody waits for a part of it: for how a check ends, or for what he has just done.
    private(set) var isUrgent = false

    var isEmpty: Bool {
        watches.isEmpty && created.isEmpty && !manyCreated && deleted.isEmpty && queueLength == nil && running == nil
            && !totals
    }

    /// What of it those who show the list are told.
    var list: ListNews {
        ListNews(
            queueLength: queueLength, running: running, totals: totals, created: created, manyCreated: manyCreated)
    }

    /// Takes in what could not be told; what has been noted since then is newer and wins.
    mutating func putBack(_ older: PendingUpdates) {
        watches.formUnion(older.watches.subtracting(deleted))
        let missed = older.created.filter { !deleted.contains($0) }
        manyCreated = manyCreated || older.manyCreated || missed.count + created.count > Self.namedCreations
        created = Array((missed + created).prefix(Self.namedCreations))
        deleted.formUnion(older.deleted)
        queueLength = queueLength ?? older.queueLength
        running = running ?? older.running
        totals = totals || older.totals
        isUrgent = isUrgent || older.isUrgent
    }

    mutating func note(_ signal: Signal) {
        if case .watch(_, let change) = signal, !change.isBeginning { isUrgent = true }
        switch signal {
        case .queueLength(let length): queueLength = length
        case .running(let count): running = count
        case .totals: totals = true
        case .workers: break
        case .watch(let id, .deleted):
            watches.remove(id)
            created.removeAll { $0 == id }
            deleted.insert(id)
        case .watch(let id, .created):
            watches.insert(id)
            if created.count < Self.namedCreations { created.append(id) } else { manyCreated = true }
        case .watch(let id, _):
            if !deleted.contains(id) { watches.insert(id) }
        }
    }
}

extension WatchChange {
    /// A check is on its way; there will be more to tell of it soon.
    fileprivate var isBeginning: Bool {
        switch self {
        case .queued, .started, .step: true
        default: false
        }
    }
}

import Domain

/// What has happened since the last time clients were told, boiled down: a watch's latest state wins, counts are told once.
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

    var isEmpty: Bool { self == PendingUpdates() }

    mutating func note(_ signal: Signal) {
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

import DequeModule
import Domain
import HeapModule

/// What waits for workers of one kind, host by host, and how many of that kind are in flight.
///
/// Who comes next: somebody's wish, by its priority; else the clock's check of the host that has had the least of the
/// workers' time while it waited. No more than `wishesInARow` wishes come before a check of the clock's that could be
/// done, so that neither keeps the other out for ever. Whom the shares of `QueueRules` leave no room is passed over as
/// a whole, by temper, and costs no look.
struct Lane {
    /// The hosts of one temper that have something waiting and room for it; entries that are not their line's standing
    /// any more are stale.
    private struct Order {
        var wishes = Heap<Standing>()
        var clock = Heap<Standing>()
    }

    private struct Young {
        let watch: WatchID
        let token: UInt64
        let since: Duration
    }

    static let wishesInARow = 3

    let kind: FetcherKind
    var lines: [Int: WaitingLine] = [:]
    private var orders = [Order](repeating: Order(), count: HostTemper.allCases.count)
    private var standingCount = 0
    /// Claims by what their hosts are counted as.
    private(set) var claims = [Int](repeating: 0, count: HostTemper.allCases.count)
    private var young = Deque<Young>()
    private var virtual = 0.0
    private var wishesGiven = 0

    init(kind: FetcherKind) {
        self.kind = kind
    }

    /// Gives a line its right place in the order, or none.
    mutating func place(_ host: Int, _ wanted: Standing?) {
        guard lines[host] != nil, lines[host]?.standing != wanted else { return }
        if lines[host]?.standing == nil { standingCount += 1 }
        if wanted == nil { standingCount -= 1 }
        lines[host]?.standing = wanted
        guard let wanted else { return }
        let order = wanted.temper.rawValue
        if wanted.head.isWish { orders[order].wishes.insert(wanted) } else { orders[order].clock.insert(wanted) }
        if orders[order].wishes.count + orders[order].clock.count > 2 * standingCount + 64 { sweep(order) }
    }

    /// Drops what is stale, so that lines that move often do not let the order grow.
    private mutating func sweep(_ order: Int) {
        orders[order].wishes = Heap(orders[order].wishes.unordered.filter(isCurrent))
        orders[order].clock = Heap(orders[order].clock.unordered.filter(isCurrent))
    }

    private func isCurrent(_ standing: Standing) -> Bool { lines[standing.host]?.standing == standing }

    /// A line that was empty begins at the time of all: what it did not use it has not saved.
    mutating func begin(_ host: Int) {
        let line = lines[host] ?? WaitingLine()
        guard line.count == 0 else { return }
        lines[host, default: line].tag = max(line.tag, virtual)
    }

    /// The host that comes next; nil when nobody who waits has room.
    mutating func next(_ rules: QueueRules) -> Standing? {
        var wish: Standing?
        var clock: Standing?
        for temper in HostTemper.allCases where hasRoom(temper, rules) {
            let order = temper.rawValue
            if let best = Self.best(&orders[order].wishes, lines), wish.map({ best < $0 }) ?? true { wish = best }
            if let best = Self.best(&orders[order].clock, lines), clock.map({ best < $0 }) ?? true { clock = best }
        }
        guard let wish, clock == nil || wishesGiven < Self.wishesInARow else { return clock ?? wish }
        return wish
    }

    private static func best(_ heap: inout Heap<Standing>, _ lines: [Int: WaitingLine]) -> Standing? {
        while let top = heap.min {
            if lines[top.host]?.standing == top { return top }
            heap.removeMin()
        }
        return nil
    }

    /// There are places that nobody has.
    func isIdle(_ rules: QueueRules) -> Bool { claims.reduce(0, +) < rules.inFlight }

    /// The checks that come next of hosts that have not let us wait in vain, those of each temper and the wishes apart.
    mutating func heads() -> [Ticket] {
        var heads: [Ticket] = []
        for temper in HostTemper.allCases where temper != .doubtful {
            let order = temper.rawValue
            if let best = Self.best(&orders[order].wishes, lines) { heads.append(best.head) }
            if let best = Self.best(&orders[order].clock, lines) { heads.append(best.head) }
        }
        return heads
    }

    private func hasRoom(_ temper: HostTemper, _ rules: QueueRules) -> Bool {
        let total = claims.reduce(0, +)
        let quick = claims[HostTemper.quick.rawValue]
        let slow = claims[HostTemper.slow.rawValue] + claims[HostTemper.doubtful.rawValue]
        let hasPlace = total < rules.inFlight && total - quick < rules.unprovenShare
        return switch temper {
        case .quick: total < rules.inFlight || (quick < rules.quickShare && total < rules.mostInFlight)
        case .unknown: hasPlace
        case .slow: hasPlace && slow < rules.slowShare
        case .doubtful:
            hasPlace && slow < rules.slowShare && claims[HostTemper.doubtful.rawValue] < rules.doubtfulShare
        }
    }

    /// Notes that the head of a line is claimed: it pays in advance what a check of its host is expected to cost.
    mutating func claimed(_ standing: Standing, token: UInt64, at moment: Duration) {
        wishesGiven = standing.head.isWish ? wishesGiven + 1 : 0
        claims[standing.temper.rawValue] += 1
        if !standing.head.isWish { virtual = max(virtual, standing.tag) }
        if let line = lines[standing.host] { lines[standing.host]?.tag += line.cost }
        if standing.temper == .quick {
            young.append(Young(watch: standing.head.watch, token: token, since: moment))
        }
    }

    /// Sets right what was paid in advance, and expects of the next check what this one took.
    mutating func settle(_ host: Int, paid: Double, took: Double) {
        guard let line = lines[host] else { return }
        lines[host]?.tag += took - paid
        lines[host]?.cost = max(0.001, line.cost * 0.75 + took * 0.25)
    }

    mutating func ended(countedAs temper: HostTemper) { claims[temper.rawValue] -= 1 }

    /// The claims of quick hosts that were made before `moment`, once each: they are not brief.
    mutating func popAged(_ moment: Duration) -> (watch: WatchID, token: UInt64)? {
        guard let first = young.first, first.since < moment else { return nil }
        young.removeFirst()
        return (first.watch, first.token)
    }

    mutating func countAsSlow() {
        claims[HostTemper.quick.rawValue] -= 1
        claims[HostTemper.slow.rawValue] += 1
    }
}

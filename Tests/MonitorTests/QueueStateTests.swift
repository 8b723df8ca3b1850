import Domain
import Foundation
import TestSupport
import Testing

@testable import Monitor

@Suite("The queue's rules")
struct QueueStateTests {
    private let now = Date(timeIntervalSince1970: 1_000_000)

    private func check(
        _ watch: WatchID, _ priority: some BinaryInteger, host: String = "", _ kind: FetcherKind = .plain,
        before: Double = 0,
        temper: HostTemper? = nil
    ) -> QueuedCheck {
        QueuedCheck(
            watch: watch, host: host, kind: kind, priority: CheckPriority(Int64(priority)), enqueuedAt: now - before,
            temper: temper)
    }

    private func claimAll(_ queue: inout QueueState) -> [Claim] {
        var claims: [Claim] = []
        while let claim = queue.claim(.plain, at: now, moment: .zero) { claims.append(claim) }
        return claims
    }

    @Test("the lowest number goes first, ties in order of arrival")
    func order() {
        var queue = QueueState(QueueRules(perHost: 9))
        let watches = (0..<5).map { _ in WatchID() }
        for (watch, priority) in zip(watches, [2000, 1, 5, 2000, 1] as [Int64]) {
            _ = queue.push(check(watch, priority))
        }
        #expect(claimAll(&queue).map(\.check.watch) == [1, 4, 2, 0, 3].map { watches[$0] })
    }

    @Test("a watch has one place, and a more urgent push moves it forward")
    func onePlace() {
        var queue = QueueState(QueueRules(perHost: 9))
        let (slow, urgent) = (WatchID(), WatchID())
        let pushes = [
            check(slow, 3000), check(urgent, 4000), check(urgent, 4000), check(urgent, 1), check(urgent, 2000),
        ]
        let results = pushes.map { queue.push($0) }
        #expect(results == [.added, .added, .nothingNew, .movedForward, .nothingNew])
        #expect(queue.length == 2)
        #expect(claimAll(&queue).map(\.check.watch) == [urgent, slow])
    }

    @Test("a person's push of a running watch runs it once more afterwards, the clock's does not")
    func runsAgain() throws {
        var queue = QueueState(QueueRules(perHost: 9))
        let watch = WatchID()
        _ = queue.push(check(watch, 2000))
        let first = try #require(claimAll(&queue).first)
        let results = [check(watch, 3000), check(watch, 1), check(watch, 1)].map { queue.push($0) }
        #expect(results == [.nothingNew, .added, .nothingNew])
        #expect(queue.length == 1)
        #expect(claimAll(&queue).isEmpty, "it is never claimed twice at once")
        let again = queue.end(first, .recorded, moment: .zero).queued
        #expect(again?.watch == watch)
        let second = try #require(claimAll(&queue).first)
        let third = queue.end(second, .recorded, moment: .zero).queued
        #expect(third == nil)
        #expect(queue.length == 0)
    }

    @Test(
        "a check that began after a person's wish is the one wished for, and the wish is kept until it is done",
        arguments: QueueState.ClaimEnd.allCases)
    func fulfilled(end: QueueState.ClaimEnd) throws {
        var queue = QueueState(QueueRules(perHost: 9))
        let watch = WatchID()
        _ = queue.push(check(watch, 2000))
        let claim = try #require(claimAll(&queue).first)
        let results = [check(watch, 5, before: 0.1), check(watch, 1, before: 0.1), check(watch, 1, before: 0.1)].map {
            queue.push($0)
        }
        #expect(results == [.fulfilled, .nothingNew, .nothingNew])
        #expect(queue.length == 0)
        #expect(queue.place(of: watch) == .running(again: false))
        let next = queue.end(claim, end, moment: .zero).queued
        #expect(next?.priority == (end == .recorded ? nil : .person))
    }

    @Test("an old claim of the same watch ends nothing")
    func staleClaim() throws {
        var queue = QueueState(QueueRules(perHost: 9))
        let watch = WatchID()
        _ = queue.push(check(watch, 1))
        let first = try #require(claimAll(&queue).first)
        let returned = queue.end(first, .undone, moment: .zero)
        #expect(returned.queued != nil)
        let second = try #require(claimAll(&queue).first)
        let stale = queue.end(first, .recorded, moment: .zero)
        #expect(!stale.ended)
        #expect(queue.place(of: watch) == .running(again: false))
        let current = queue.end(second, .recorded, moment: .zero)
        #expect(current.ended)
    }

    @Test("a host at its limit holds up nobody else's watches")
    func hostLimit() {
        var queue = QueueState(QueueRules(perHost: 2))
        let busy = (0..<4).map { _ in WatchID() }
        for watch in busy { _ = queue.push(check(watch, 1, host: "busy.example")) }
        let other = WatchID()
        _ = queue.push(check(other, 5000, host: "other.example"))
        let first = claimAll(&queue)
        #expect(first.map(\.check.watch) == [busy[0], busy[1], other])
        _ = queue.end(first[0], .recorded, moment: .zero)
        #expect(claimAll(&queue).map(\.check.watch) == [busy[2]])
    }

    @Test("a page that is fetched frees its host before its outcome is recorded, once")
    func fetched() {
        var queue = QueueState(QueueRules(perHost: 1))
        let watches = (0..<3).map { _ in WatchID() }
        for watch in watches { _ = queue.push(check(watch, 1, host: "one.example")) }
        let first = claimAll(&queue)
        #expect(first.map(\.check.watch) == [watches[0]])
        let isCurrent = queue.reach(.storing, first[0], moment: .zero)
        #expect(isCurrent)
        let second = claimAll(&queue)
        #expect(second.map(\.check.watch) == [watches[1]])
        _ = queue.reach(.storing, first[0], moment: .zero)
        _ = queue.end(first[0], .recorded, moment: .zero)
        #expect(claimAll(&queue).isEmpty, "the second still has the host")
        _ = queue.end(second[0], .recorded, moment: .zero)
        #expect(claimAll(&queue).map(\.check.watch) == [watches[2]])
    }

    @Test(
        "the clock's checks of one host wait in the store when it has many here, and the host is named once it has room"
    )
    func room() {
        var queue = QueueState(QueueRules(perHost: 1, waitingPerHost: 4))
        let results = (0..<6).map { queue.push(check(WatchID(), 2000 + $0, host: "one.example")) }
        #expect(results == [.added, .added, .added, .added, .noRoom, .noRoom])
        let wish = queue.push(check(WatchID(), 1, host: "one.example"))
        #expect(wish == .added, "a person's wish always has a place")
        let other = queue.push(check(WatchID(), 2000, host: "two.example"))
        #expect(other == .added)
        #expect(queue.takeRoom() == [])
        for _ in 0..<3 {
            for claim in claimAll(&queue) { _ = queue.end(claim, .recorded, moment: .zero) }
        }
        #expect(queue.takeRoom() == ["one.example"])
        #expect(queue.takeRoom() == [])
    }

    @Test("when very many wait, a host may keep no more here than run at once, and every host may")
    func crowd() {
        var queue = QueueState(QueueRules(perHost: 2, waiting: 10))
        for host in 0..<20 {
            let results = (0..<3).map { queue.push(check(WatchID(), 2000 + $0, host: "host\(host)")) }
            if host >= 5 { #expect(results == [.added, .added, .noRoom], "host \(host)") }
        }
    }

    @Test("a watch that waits and whose address is edited waits at its new host, as urgent as before")
    func edited() {
        var queue = QueueState(QueueRules(perHost: 1))
        let (moved, busy, other) = (WatchID(), WatchID(), WatchID())
        _ = queue.push(check(busy, 2000, host: "old.example"))
        #expect(queue.claim(.plain, at: now, moment: .zero)?.check.watch == busy)
        _ = queue.push(check(moved, 2000, host: "old.example"))
        _ = queue.push(check(other, 3000, host: "new.example"))
        #expect(queue.push(check(moved, 1, host: "new.example")) == .movedForward)
        #expect(queue.length == 2 && queue.counts.parked == 0)
        let claims = claimAll(&queue)
        #expect(claims.map(\.check.watch) == [moved], "its new host has room for one")
        #expect(claims.first?.check.host == "new.example")
        _ = queue.end(claims[0], .recorded, moment: .seconds(1))
        #expect(claimAll(&queue).map(\.check.watch) == [other])
    }

    @Test(
        "after the clock was set, what waits keeps its order, also before what comes then", arguments: [-7200.0, 7200])
    func clockMoved(seconds: Double) {
        var queue = QueueState(QueueRules(perHost: 9))
        let watches = (0..<4).map { _ in WatchID() }
        for (place, watch) in watches.enumerated() { _ = queue.push(check(watch, 1_000_000 + place, host: "a")) }
        let wish = WatchID()
        _ = queue.push(check(wish, 1, host: "a", before: 10))
        queue.clockMoved(by: seconds)
        let late = WatchID()
        _ = queue.push(check(late, 1_000_100 + Int(seconds), host: "a"))
        #expect(queue.waitsThoughIdle(at: now + seconds) == 10)
        #expect(claimAll(&queue).map(\.check.watch) == [wish] + watches + [late])
    }

    @Test("of hosts that answered slowly the last are remembered, and never more than so many")
    func remembered() {
        var queue = QueueState(QueueRules(perHost: 3), remembered: 10)
        func answer(_ host: String, timedOut: Bool) {
            _ = queue.push(check(WatchID(), 2000, host: host))
            guard let claim = queue.claim(.plain, at: now, moment: .zero) else { return }
            _ = queue.reach(.storing, claim, timedOut: timedOut, moment: .seconds(9))
            _ = queue.end(claim, .recorded, moment: .seconds(9))
        }
        func claims(_ host: String) -> Int {
            for _ in 0..<3 { _ = queue.push(check(WatchID(), 2000, host: host)) }
            return claimAll(&queue).count
        }
        for number in 0..<50 { answer("\(number)", timedOut: true) }
        #expect(queue.rememberedHosts == 10)
        #expect(claims("49") == 1 && claims("40") == 1, "known to let us wait")
        #expect(claims("0") == 3, "forgotten")
    }

    @Test("a host that let us wait in vain is asked for one page at a time, until it has answered again")
    func doubtful() {
        var queue = QueueState(QueueRules(perHost: 3))
        for number in 0..<20 { _ = queue.push(check(WatchID(), 2000 + number, host: "one.example")) }
        let first = claimAll(&queue)
        #expect(first.count == 3)
        _ = queue.reach(.storing, first[0], timedOut: true, moment: .seconds(45))
        #expect(claimAll(&queue).isEmpty)
        _ = queue.reach(.storing, first[1], timedOut: true, moment: .seconds(45))
        _ = queue.reach(.storing, first[2], timedOut: true, moment: .seconds(45))
        let probe = claimAll(&queue)
        #expect(probe.count == 1)
        _ = queue.reach(.storing, probe[0], moment: .seconds(46))
        #expect(claimAll(&queue).count == 3)
    }

    @Test("all hosts that let us wait in vain have a third of the places together, and with unknown ones two thirds")
    func shares() {
        var queue = QueueState(QueueRules(perHost: 1, inFlight: 30))
        for number in 0..<100 {
            _ = queue.push(check(WatchID(), 2000, host: "black\(number)", temper: .doubtful))
        }
        #expect(claimAll(&queue).count == 10)
        for number in 0..<100 { _ = queue.push(check(WatchID(), 2000, host: "new\(number)", temper: .unknown)) }
        #expect(claimAll(&queue).count == 10)
        for number in 0..<100 { _ = queue.push(check(WatchID(), 2000, host: "well\(number)", temper: .quick)) }
        #expect(claimAll(&queue).count == 10)
    }

    @Test("quick hosts that begin to hang, all at once, leave room for those that do not")
    func outage() {
        var queue = QueueState(QueueRules(perHost: 1, inFlight: 30))
        for number in 0..<200 { _ = queue.push(check(WatchID(), 2000, host: "hangs\(number)", temper: .quick)) }
        #expect(claimAll(&queue).count == 30)
        var claimed = 0
        while queue.claim(.plain, at: now, moment: .seconds(4)) != nil { claimed += 1 }
        #expect(claimed == 10, "those that hang are not counted as quick any more")
        while queue.claim(.plain, at: now, moment: .seconds(100)) != nil { claimed += 1 }
        #expect(claimed == 20)
        while queue.claim(.plain, at: now, moment: .seconds(200)) != nil { claimed += 1 }
        #expect(claimed == 30, "and there is an end to it")
    }

    @Test("wishes go first, but every fourth check is the clock's when there is one")
    func wishes() {
        var queue = QueueState(QueueRules(perHost: 1, inFlight: 300))
        for number in 0..<8 { _ = queue.push(check(WatchID(), 1, host: "wish\(number)")) }
        for number in 0..<8 { _ = queue.push(check(WatchID(), 2000, host: "clock\(number)")) }
        let order = claimAll(&queue).map { $0.check.priority == .person }
        #expect(order.prefix(12) == [true, true, true, false, true, true, true, false, true, true, false, false])
    }

    @Test("two hosts that both have too much share what there is, however many of their checks wait")
    func fairShare() {
        var queue = QueueState(QueueRules(perHost: 100, inFlight: 4, waitingPerHost: 1000, brief: .seconds(60)))
        // The first has three times as many, all of them longer overdue, and each takes twice as long.
        for number in 0..<1000 { _ = queue.push(check(WatchID(), 1000 + number, host: "many", temper: .quick)) }
        for number in 0..<300 { _ = queue.push(check(WatchID(), 5000 + number, host: "few", temper: .quick)) }
        var busy: [(claim: Claim, end: Duration)] = []
        var times: [String: Duration] = [:]
        var moment = Duration.zero
        while moment < .seconds(60) {
            while let claim = queue.claim(.plain, at: now, moment: moment) {
                let length: Duration = claim.check.host == "many" ? .seconds(2) : .seconds(1)
                times[claim.check.host, default: .zero] += length
                busy.append((claim, moment + length))
            }
            moment = busy.map(\.end).min() ?? moment
            for one in busy where one.end <= moment { _ = queue.end(one.claim, .recorded, moment: moment) }
            busy.removeAll { $0.end <= moment }
        }
        let (many, few) = (times["many"]!.seconds, times["few"]!.seconds)
        #expect(abs(many - few) <= 8, "\(many) and \(few) seconds of workers' time")
    }

    @Test(
        "whatever happens, nothing is lost, nothing runs twice, no limit is passed and order holds", arguments: 0..<40)
    func randomised(round: Int) {
        let seed = UInt64.random(in: 0..<UInt64.max)
        var random = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...3, using: &random)
        // As many places and as much room as there are watches: shares and room have tests of their own.
        var queue = QueueState(QueueRules(perHost: limit, inFlight: 300))
        var model = QueueModel(limit: limit)
        let hosts = ["", "a", "b", "c"]
        let kinds = [FetcherKind.plain, .plain, .slow]
        let watches = (0..<30).map { (WatchID(), hosts[$0 % 4], kinds[$0 % 3]) }
        var moment = Duration.zero
        for step in 0..<600 {
            let (watch, host, kind) = watches.randomElement(using: &random)!
            switch Int.random(in: 0..<11, using: &random) {
            case 0..<4:
                let priority: Int64 = [1, 5, 1000 + Int64.random(in: 0..<20, using: &random)].randomElement(
                    using: &random)!
                let pushed = check(watch, priority, host: host, kind, before: Bool.random(using: &random) ? 1 : 0)
                _ = queue.push(pushed)
                model.push(pushed)
            case 4..<7:
                let claim = queue.claim(kind, at: now, moment: moment)
                #expect(model.accepts(claim?.check, kind), "seed \(seed), step \(step)")
                if let claim { model.claimed(claim, until: moment + .seconds(120)) }
            case 7..<9:
                guard let claim = model.claims.values.randomElement(using: &random) else { continue }
                let how = [QueueState.ClaimEnd.recorded, .unwanted, .undone].randomElement(using: &random)!
                _ = queue.end(claim, how, moment: moment)
                model.end(claim, how)
            case 9:
                moment += .seconds(Int.random(in: 0...40, using: &random))
                if let claim = model.claims.values.randomElement(using: &random) {
                    let isCurrent = queue.extend(claim, moment: moment)
                    #expect(isCurrent, "seed \(seed), step \(step)")
                    model.deadlines[claim.check.watch] = moment + .seconds(120)
                }
                let lost = queue.overdue(at: moment)
                #expect(lost == model.overdue(at: moment), "seed \(seed), step \(step)")
                for claim in lost {
                    _ = queue.end(claim, .undone, moment: moment)
                    model.end(claim, .undone)
                }
            default:
                let removed = (queue.remove(watch), model.remove(watch))
                #expect(removed.0 == removed.1, "seed \(seed), step \(step)")
            }
            #expect(queue.length == model.length, "seed \(seed), step \(step)")
            #expect(queue.runningCount == model.claims.count, "seed \(seed), step \(step)")
        }
        // Everything that waits is claimed in the end: no starvation, nothing lost.
        var drained = 0
        while queue.length > 0 || queue.runningCount > 0 {
            for kind in [FetcherKind.slow, .plain] {
                while let claim = queue.claim(kind, at: now, moment: moment) {
                    #expect(model.accepts(claim.check, kind), "seed \(seed), draining")
                    model.claimed(claim, until: moment)
                }
            }
            guard let claim = model.claims.values.first else {
                Issue.record("seed \(seed): \(queue.length) wait and nobody can claim them")
                break
            }
            _ = queue.end(claim, .recorded, moment: .zero)
            model.end(claim, .recorded)
            drained += 1
        }
        #expect(queue.counts == QueueCounts(), "seed \(seed), \(drained) drained")
        #expect(model.length == 0, "seed \(seed), \(drained) drained")
    }
}

/// The same promises in the slowest and plainest way: lists that are searched from end to end.
struct QueueModel {
    let limit: Int
    var waiting: [(check: QueuedCheck, arrival: Int)] = []
    var again: [WatchID: QueuedCheck] = [:]
    var wishes: [WatchID: QueuedCheck] = [:]
    var claims: [WatchID: Claim] = [:]
    var deadlines: [WatchID: Duration] = [:]
    var arrivals = 0

    init(limit: Int) { self.limit = limit }

    var length: Int { waiting.count + again.count }

    mutating func push(_ check: QueuedCheck) {
        if claims[check.watch] != nil {
            guard check.priority <= .clone else { return }
            if claims[check.watch]!.claimedAt > check.enqueuedAt {
                if let old = wishes[check.watch], old.priority <= check.priority { return }
                wishes[check.watch] = check
                return
            }
            if let old = again[check.watch], old.priority <= check.priority { return }
            again[check.watch] = check
            return
        }
        if let index = waiting.firstIndex(where: { $0.check.watch == check.watch }) {
            guard check.priority < waiting[index].check.priority else { return }
            waiting.remove(at: index)
        }
        arrivals += 1
        waiting.append((check, arrivals))
    }

    private func hasRoom(_ host: String) -> Bool {
        host.isEmpty || claims.values.filter { $0.check.host == host }.count < limit
    }

    /// The best of each host that has room; which of them goes is a matter of fairness, which has tests of its own.
    private func candidates(_ kind: FetcherKind) -> [QueuedCheck] {
        let able = waiting.filter { $0.check.kind == kind && hasRoom($0.check.host) }
        return Dictionary(grouping: able, by: \.check.host).values.compactMap { own in
            own.min { ($0.check.priority, $0.arrival) < ($1.check.priority, $1.arrival) }?.check
        }
    }

    func accepts(_ check: QueuedCheck?, _ kind: FetcherKind) -> Bool {
        let candidates = candidates(kind)
        guard let check else { return candidates.isEmpty }
        guard check.priority <= .clone else { return candidates.contains { $0.watch == check.watch } }
        let wishes = candidates.filter { $0.priority <= .clone }
        return wishes.map(\.priority).min() == check.priority && wishes.contains { $0.watch == check.watch }
    }

    func overdue(at moment: Duration) -> [Claim] {
        claims.values.filter { deadlines[$0.check.watch]! <= moment }.sorted { $0.token < $1.token }
    }

    mutating func claimed(_ claim: Claim, until deadline: Duration) {
        deadlines[claim.check.watch] = deadline
        waiting.removeAll { $0.check.watch == claim.check.watch }
        claims[claim.check.watch] = claim
    }

    mutating func end(_ claim: Claim, _ end: QueueState.ClaimEnd) {
        let watch = claim.check.watch
        claims[watch] = nil
        let (more, wish) = (again.removeValue(forKey: watch), wishes.removeValue(forKey: watch))
        let all: [QueuedCheck?]
        switch end {
        case .recorded: all = [more]
        case .unwanted: all = [more ?? wish]
        case .undone, .lost: all = [more, wish, claim.check]
        }
        guard var next = all.compactMap(\.self).first else { return }
        next.priority = all.compactMap(\.?.priority).min() ?? next.priority
        arrivals += 1
        waiting.append((next, arrivals))
    }

    mutating func remove(_ watch: WatchID) -> Bool {
        wishes[watch] = nil
        if again.removeValue(forKey: watch) != nil { return true }
        let before = waiting.count
        waiting.removeAll { $0.check.watch == watch }
        return waiting.count < before
    }
}

import Domain
import Foundation
import StoreTestKit
import Testing

@testable import Storage

@Suite("What only some watches keep")
struct DetailsTests {
    private func outcome(
        _ watch: WatchID, at seconds: Double, _ text: String, _ change: (inout Verdict) -> Void = { _ in }
    ) -> CheckOutcome {
        var outcome = CheckOutcome.changed(watch, at: seconds, text)
        guard case .verdict(var verdict) = outcome.result else { return outcome }
        change(&verdict)
        outcome.result = .verdict(verdict)
        return outcome
    }

    private func record(_ fixture: Fixture, _ outcome: CheckOutcome) async throws -> RecordedCheck {
        let recorded = try await fixture.store.record([DatedOutcome(outcome, nextDue: .at(9000))])
        return try #require(recorded.first)
    }

    @Test("with unique lines wanted a change stands only if a line was never shown before")
    func uniqueLines() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        func tell(_ seconds: Double, _ text: String) async throws -> CheckResult {
            try await record(fixture, outcome(watch, at: seconds, text) { $0.wantsUniqueLines = true }).result
        }
        #expect(try await tell(1, "one\ntwo") == .first)
        #expect(try await tell(2, "two\nthree") == .changed)
        #expect(try await tell(3, "ONE\n three ") == .unchanged)
        #expect(try await tell(4, "three\none\nfour") == .changed)
        #expect(try await tell(5, "") == .unchanged)
        #expect(try await fixture.store.snapshots(of: watch).count == 3)
        #expect(try await fixture.store.checkJob(watch)?.previous.textChecksum != nil)
    }

    @Test("lines of snapshots from before the setting count as shown")
    func uniqueLinesLater() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        _ = try await record(fixture, outcome(watch, at: 1, "a"))
        _ = try await record(fixture, outcome(watch, at: 2, "b"))
        let back = try await record(fixture, outcome(watch, at: 3, "a\nb") { $0.wantsUniqueLines = true })
        #expect(back.result == .unchanged)
        #expect(try await record(fixture, outcome(watch, at: 4, "c") { $0.wantsUniqueLines = true }).result == .changed)
    }

    @Test("the last text, the newest snapshot and the last offer are in a job only when the watch looks at them")
    func comparisons() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        _ = try await record(
            fixture,
            outcome(watch, at: 1, "page") {
                $0.lastText = Array("whole page".utf8)
                $0.offer = Offer(isInStock: true, price: 5, currency: "EUR")
            })
        #expect(try await fixture.store.checkJob(watch)?.previous.lastText == nil)
        _ = try await fixture.store.update(watch, now: .at(2)) { watch in
            watch.settings.countsRemoved = false
            watch.settings.processor = .restock
            watch.settings.conditions = [WatchCondition(field: .likeness, operator: .less, value: "0.9")]
        }
        let previous = try #require(try await fixture.store.checkJob(watch)).previous
        #expect(previous.lastText == Array("whole page".utf8))
        #expect(previous.snapshotText == Array("page".utf8))
        #expect(previous.offerTold == Offer(isInStock: true, price: 5, currency: "EUR"))
        #expect(previous.offerSeen == previous.offerTold)
    }

    @Test("what comes back into stock is told each time, though what was told last has the same words")
    func backInStock() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        let (here, gone) = (Offer(isInStock: true, price: 5), Offer(isInStock: false, price: 5))
        func check(_ second: Double, _ offer: Offer, tells: Bool) async throws -> CheckResult {
            let outcome = outcome(watch, at: second, "In Stock: True - Price: 5") { verdict in
                verdict.offer = offer
                if !tells { verdict.decision = .sameText }
            }
            return try await record(fixture, outcome).result
        }
        #expect(try await check(1, here, tells: true) == .first)
        #expect(try await check(2, gone, tells: false) == .unchanged)
        #expect(try await check(3, here, tells: true) == .changed)
        #expect(try await check(4, gone, tells: false) == .unchanged)
        _ = try await fixture.store.update(watch, now: .at(5)) { $0.settings.processor = .restock }
        let previous = try #require(try await fixture.store.checkJob(watch)).previous
        #expect(previous.offerTold == here && previous.offerSeen == gone)
    }

    @Test("a difference of the wanted kinds that leads back to the kept text is a version of its own")
    func back() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        _ = try await record(fixture, outcome(watch, at: 1, "a") { $0.lastText = [1] })
        #expect(try await record(fixture, outcome(watch, at: 2, "a") { $0.lastText = [2] }).result == .changed)
        #expect(try await record(fixture, outcome(watch, at: 3, "a")).result == .unchanged)
    }

    @Test("failures of filters are counted in a row, and other failures neither count nor end it")
    func filterFailures() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        func count(_ seconds: Double, _ result: CheckOutcome.Result) async throws -> Int? {
            var outcome = CheckOutcome.changed(watch, at: seconds, "text")
            outcome.result = result
            _ = try await record(fixture, outcome)
            return try await fixture.store.watch(watch)?.state.consecutiveFilterFailures
        }
        #expect(try await count(1, .failed(CheckFailure(.noFilterMatch, "p"))) == 1)
        #expect(try await count(2, .failed(CheckFailure(.timeout, "5"))) == 1)
        #expect(try await count(3, .failed(CheckFailure(.noFilterMatch, "p"))) == 2)
        #expect(try await count(4, .verdict(Verdict(decision: .sameText, pageChecksum: Checksum(bytes: [1])))) == 0)
    }

    @Test("the bodies of the newest versions are kept, as many as wished")
    func bodies() async throws {
        var options = StoreOptions()
        options.bodiesKept = 3
        let fixture = try Fixture(options)
        let watch = try await fixture.add().id
        var versions: [SnapshotVersion] = []
        for number in 1...5 {
            var outcome = outcome(watch, at: Double(number), "text \(number)")
            outcome.body = Array("<p>text \(number)".utf8)
            versions.append(try #require(try await record(fixture, outcome).version))
        }
        #expect(try await fixture.store.body(of: watch, version: versions[4])?.bytes == Array("<p>text 5".utf8))
        #expect(try await fixture.store.body(of: watch, version: versions[2])?.contentType == "text/html")
        #expect(try await fixture.store.body(of: watch, version: versions[1]) == nil)
        _ = try await fixture.store.clearHistory(watch, now: .at(9))
        #expect(try await fixture.store.body(of: watch, version: versions[4]) == nil)
    }

    @Test("prices are kept when they differ, with the last one and the extremes")
    func prices() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        for (number, price) in [10.0, 10, 8, 12, 12].enumerated() {
            _ = try await record(
                fixture,
                CheckOutcome.verdict(watch, at: Double(number), .sameText).with {
                    $0.offer = Offer(isInStock: true, price: price)
                })
        }
        #expect(try await fixture.store.prices(of: watch).map(\.offer.price) == [10, 8, 12])
        let summary = try await fixture.store.priceSummary(of: watch)
        #expect(summary.current?.price == 12)
        #expect(summary.lastPrice == 8)
        #expect(summary.lowest == 8)
        #expect(summary.highest == 12)
    }

    @Test("a watch's own limit of versions goes before that for all watches")
    func limits() async throws {
        let fixture = try Fixture()
        let one = try await fixture.add().id, other = try await fixture.add("http://example.org/").id
        _ = try await fixture.store.updateSettings(now: .at(0)) { $0.historyLimit = 3 }
        _ = try await fixture.store.update(one, now: .at(0)) { $0.settings.historyLimit = 2 }
        for watch in [one, other] {
            let revision = try #require(try await fixture.store.checkJob(watch)).revision
            for number in 1...5 {
                _ = try await record(fixture, .changed(watch, revision: revision, at: Double(number), "text \(number)"))
            }
        }
        #expect(try await fixture.store.snapshots(of: one).count == 2)
        #expect(try await fixture.store.snapshots(of: other).count == 3)
    }

    private static let picture = Picture(mediaType: "image/png", width: 3, height: 2, bytes: [1, 2, 3])

    @Test("a picture is kept beside its snapshot, is in the job of a watch of pictures, and goes with the history")
    func pictures() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        let recorded = try await record(fixture, outcome(watch, at: 1, "a") { $0.picture = Self.picture })
        let version = try #require(recorded.version)
        #expect(try await fixture.store.picture(of: watch, version: version) == Self.picture)
        #expect(try await fixture.store.pictureState(of: watch, version: version) == .kept)
        #expect(try await fixture.store.checkJob(watch)?.previous.picture == nil)
        _ = try await fixture.store.update(watch, now: .at(2)) { $0.settings.processor = .image }
        #expect(try await fixture.store.checkJob(watch)?.previous.picture == Self.picture)
        _ = try await fixture.store.clearHistory(watch, now: .at(3))
        #expect(try await fixture.store.picture(of: watch, version: version) == nil)
        #expect(try await fixture.store.checkJob(watch)?.previous.picture == nil)
    }

    @Test("whether a page gives a price for machines is noted, and stays when a check does not say")
    func priceData() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        #expect(try await fixture.store.watch(watch)?.state.hasPriceData == nil)
        _ = try await record(fixture, outcome(watch, at: 1, "a") { $0.hasPriceData = true })
        _ = try await record(fixture, outcome(watch, at: 2, "b"))
        #expect(try await fixture.store.watch(watch)?.state.hasPriceData == true)
        _ = try await record(fixture, outcome(watch, at: 3, "c") { $0.hasPriceData = false })
        #expect(try await fixture.store.watch(watch)?.state.hasPriceData == false)
    }

    @Test("what tags say is in the jobs of their watches, and a change of it lets the page be looked at anew")
    func tagSettings() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let tag = try await store.createTag("shops", now: .at(0))
        let watch = try await store.create([NewWatch(url: "http://a.example/", tags: [tag.id])], now: .at(0))[0].id
        func known() async throws -> (revision: Int64, looksAnew: Bool, ignores: [String]) {
            let job = try #require(try await store.checkJob(watch))
            return (job.revision, job.previous.pageChecksum == nil, job.settings.ignoreText)
        }
        func check(_ seconds: Double) async throws {
            let revision = try await known().revision
            let outcome = CheckOutcome.changed(watch, revision: revision, at: seconds, "text \(seconds)")
            _ = try await store.record([DatedOutcome(outcome, nextDue: .at(9000))])
        }
        try await check(1)
        #expect(try await known() == (1, false, []))

        let edited = try await store.updateTag(tag.id, now: .at(0)) { $0.settings.ignoreText = ["ad"] }
        #expect(edited?.settings.ignoreText == ["ad"])
        #expect(try await store.tag(tag.id) == edited)
        #expect(try await store.tags() == [try #require(edited)])
        #expect(try await known() == (2, true, ["ad"]))
        try await check(2)
        _ = try await store.updateTag(tag.id, now: .at(0)) { $0.title = "Shops" }
        #expect(try await known() == (2, false, ["ad"]))

        _ = try await store.update(watch, now: .at(3)) { $0.tags = [] }
        #expect(try await known() == (3, true, []))
        _ = try await store.update(watch, now: .at(4)) { $0.tags = [tag.id] }
        #expect(try await known() == (4, true, ["ad"]))
        #expect(try await store.watch(watch)?.settings.ignoreText == [])
        #expect(try await store.tagSettings(of: [tag.id, TagID()], address: "").map(\.ignoreText) == [["ad"]])
        #expect(try await store.deleteTag(tag.id, now: .at(0)))
        #expect(try await known() == (5, true, []))
    }
}

extension CheckOutcome {
    fileprivate func with(_ change: (inout Verdict) -> Void) -> CheckOutcome {
        guard case .verdict(var verdict) = result else { return self }
        change(&verdict)
        var copy = self
        copy.result = .verdict(verdict)
        return copy
    }
}

import Domain
import Foundation
import Storage
import StoreTestKit
import Testing

@Suite("Lists and due times")
struct ListTests {
    private static func search(_ store: Store, _ text: String) async throws -> [String] {
        try await store.page(WatchQuery(search: text, order: .created, descending: false)).rows.map(\.url)
    }

    @Test(
        "any part of an address or title is found, in any case, and no letter is an operator",
        arguments: [
            ("example", [0, 1, 2]), ("EXAMPLE.com/B", [1]), ("100%", [0]), ("00%_", [0]), ("_", [0, 1]), ("%", [0]),
            ("b_c", [1]),
            ("\"", [2]), ("say \"hi\"", [2]), ("🦀", [2]), ("🦀 cr", [2]), ("Ä", [1]), ("ä", [1]), ("äpfel", [1]),
            ("ÄPFEL", [1]),
            ("x OR y", []), ("NOT", []), ("url:exam", []), ("*", []), ("\\", [2]), ("\\s", [2]),
            ("'; DROP TABLE watch; --", []),
            ("  ", [0, 1, 2]), ("co", [0, 1, 2]), ("zz", []), ("exa*", []), ("^htt", []), ("http", [0, 1, 2]),
        ])
    func search(text: String, expected: [Int]) async throws {
        let fixture = try Fixture()
        let made = try await fixture.store.create(
            [
                NewWatch(url: "http://example.com/a", title: "100%_sure"),
                NewWatch(url: "http://example.com/b_c", title: "Äpfel"),
                NewWatch(url: "http://example.com/c", title: "\\say \"hi\" 🦀 crab"),
            ], now: .at(0))
        #expect(try await Self.search(fixture.store, text) == expected.map { made[$0].url })
        #expect(try await fixture.store.page(WatchQuery(search: text)).matching == expected.count)
    }

    @Test(
        "every order, state and page is what sorting by hand gives", arguments: WatchQuery.Order.allCases,
        [true, false])
    func orders(order: WatchQuery.Order, descending: Bool) async throws {
        let fixture = try Fixture()
        let store = fixture.store
        var ids: [WatchID] = []
        for number in 0..<30 {
            ids += try await store.create(
                [
                    NewWatch(
                        url: "http://example.com/\(number * 7 % 30)",
                        title: number % 3 == 0 ? "title \(number * 11 % 30)" : nil,
                        tagTitles: number % 2 == 0 ? ["even"] : [])
                ], now: .at(Double(number / 2))
            ).map(\.id)
        }
        for (number, id) in ids.enumerated() where number % 4 != 0 {
            _ = try await store.record(.changed(id, at: Double(number * 13 % 30), "a"))
            if number % 4 == 1 { _ = try await store.record(.changed(id, at: Double(number * 17 % 30 + 50), "b")) }
            if number % 4 == 2 {
                _ = try await store.record(.failed(id, at: Double(100 + number), CheckFailure(.timeout)))
            }
        }
        _ = try await store.setPaused(Array(ids.suffix(5)), true, now: .at(200))
        let rows = try await store.rows(ids)
        let place = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
        let watches = try await store.allForAPI()
        #expect(watches.map(\.id) == ids)
        func key(_ row: WatchRow) -> String {
            let date: Date? =
                switch order {
                case .lastChanged: row.lastChanged
                case .lastChecked: row.lastChecked
                case .created: .at(Double((place[row.id] ?? 0) / 2))
                case .label: nil
                }
            return order == .label ? row.label.lowercased() : date.map { "1 \($0.timeIntervalSince1970)" } ?? "0"
        }
        let sorted = rows.sorted { (key($0), place[$0.id] ?? 0) < (key($1), place[$1.id] ?? 0) }
        let ordered = descending ? sorted.reversed() : sorted
        let tag = try #require(try await store.tags().first)
        for state in WatchQuery.State.allCases {
            for (tagged, search) in [
                (nil, nil), (tag.id, nil), (nil, "example.com/1"), (tag.id, "title"), (nil, "1"), (tag.id, "e"),
            ] as [(TagID?, String?)] {
                let expected = ordered.filter { row in
                    let fits =
                        switch state {
                        case .all: true
                        case .unviewed: row.isUnviewed
                        case .failing: row.lastFailure != nil
                        case .paused: row.paused
                        }
                    let found = search.map { row.url.contains($0) || (row.title ?? "").contains($0) } ?? true
                    return fits && found && (tagged.map(row.tags.contains) ?? true)
                }
                let query = WatchQuery(
                    search: search, tag: tagged, state: state, order: order, descending: descending, offset: 2, limit: 5
                )
                let page = try await store.page(query)
                #expect(page.matching == expected.count && !page.matchingIsCut)
                #expect(page.rows == Array(expected.dropFirst(2).prefix(5)), "\(query)")
                #expect(try await store.ids(matching: query) == page.rows.map(\.id))
            }
        }
    }

    @Test("a search that finds nearly all walks the order, says that counting was cut, and pages on")
    func broadSearch() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let ids = try await store.create(
            (0..<2600).map { NewWatch(url: "http://example.com/\($0)", tagTitles: ["all"]) }, now: .at(0)
        ).map(\.id)
        for search in ["example", "e"] {
            let page = try await store.page(
                WatchQuery(search: search, order: .created, descending: false, offset: 2500, limit: 200))
            #expect(page.matching == 2000 && page.matchingIsCut)
            #expect(page.rows.map(\.id) == Array(ids[2500...]))
        }
        let tag = try #require(try await store.tags().first)
        let tagged = try await store.page(WatchQuery(tag: tag.id, order: .created, descending: true, limit: 3))
        #expect(tagged.matching == 2600 && !tagged.matchingIsCut)
        #expect(tagged.rows.map(\.id) == Array(ids.reversed().prefix(3)))
        #expect(try await store.allForAPI(tag: tag.id).count == 2600)
        #expect(try await store.allForAPI(withErrors: true).isEmpty)
    }

    @Test("a row shows its newest checks, oldest first")
    func bars() async throws {
        let fixture = try Fixture()
        let id = try await fixture.add().id
        for number in 0..<25 {
            _ = try await fixture.store.record(.verdict(id, at: Double(number), .sameText, text: "x"))
        }
        let row = try #require(try await fixture.store.rows([WatchID(), id]).first)
        #expect(row.recent.map(\.startedAt) == (5..<25).map { Date.at(Double($0)) })
        #expect(row.recent.first?.duration == .milliseconds(20))
    }

    @Test("limits and offsets that make no sense give empty pages")
    func senselessPages() async throws {
        let fixture = try Fixture()
        _ = try await fixture.add()
        for query in [
            WatchQuery(offset: -5, limit: -1), WatchQuery(offset: .max, limit: .max),
            WatchQuery(search: "exa", offset: -1, limit: -1),
        ] {
            #expect(try await fixture.store.page(query).rows.isEmpty)
        }
        #expect(try await fixture.store.due(at: .at(1e9), limit: -1).isEmpty)
        #expect(try await fixture.store.page(WatchQuery(search: "exa", offset: .min, limit: .max)).rows.count == 1)
    }

    @Test("due watches come longest overdue first, page by page, each once")
    func due() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let ids = try await store.create(
            (0..<50).map { NewWatch(url: "http://example.com/\($0)", paused: $0 == 7, firstDue: .at(Double($0 / 10))) },
            now: .at(0)
        ).map(\.id)
        var found: [WatchID] = []
        var cursor: DueCursor?
        while true {
            let page = try await store.due(at: .at(3), after: cursor, limit: 7)
            if page.isEmpty { break }
            found += page.map(\.id)
            cursor = page.last?.cursor
        }
        #expect(found == ids.prefix(40).filter { $0 != ids[7] })
        #expect(try await store.nextDue(after: .at(3)) == .at(4))
        #expect(try await store.nextDue(after: .at(4)) == nil)
        try await store.makeDue([ids[49]], now: .at(1))
        #expect(try await store.watch(ids[49])?.state.nextDue == .at(1))
        try await store.makeDue([ids[0]], now: .at(1))
        #expect(try await store.watch(ids[0])?.state.nextDue == .at(0))
        try await store.postpone(ids[0], until: .at(500))
        try await store.postpone(ids[0], until: .at(400))
        #expect(try await store.watch(ids[0])?.state.nextDue == .at(500))
        #expect(try await store.makeAllDue(now: .at(4)) == 1)
        #expect(try await store.due(at: .at(4), limit: 100).count == 49)
    }

    @Test("overdue watches are spread evenly in their order, and those never checked stay first")
    func spread() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let ids = try await store.create(
            (0..<12).map { NewWatch(url: "http://example.com/\($0)", firstDue: .at(Double(-100 + $0))) }, now: .at(-200)
        ).map(\.id)
        for (number, id) in ids.prefix(10).enumerated() {
            _ = try await store.record([DatedOutcome(.changed(id, at: -50, "x"), nextDue: .at(Double(-10 - number)))])
        }
        #expect(try await store.spreadOverdue(at: .at(0), over: .seconds(100), keepNew: true) == 10)
        let due = try await store.rows(ids).map(\.nextDue)
        let spread = (0..<10).map { Date.at(Double(90 - $0 * 10)) }
        #expect(due == spread + [Date.at(-90), Date.at(-89)])
        #expect(try await store.spreadOverdue(at: .at(0), over: .seconds(100), keepNew: false) == 3)
        #expect(try await store.spreadOverdue(at: .at(-1000), over: .seconds(100)) == 0)
    }
}

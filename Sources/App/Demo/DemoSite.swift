import Domain
import Foundation
import HTTPTypes
import Monitor
import ServiceLifecycle
import Storage

/// The pages of the demonstration and how they change by themselves.
struct DemoSite: Service {
    /// How often one of the pages changes.
    static let pace: Duration = .seconds(4)

    let site: FixtureSite

    /// What is watched, with a title for people.
    static let watches = [
        ("/shop/kettle", "Kettle, 1.7 litres"), ("/news", "Harbour news"),
        ("/api/status.json", "Service status (JSON)"),
        ("/law/section-12", "Section 12, as amended"), ("/timetable.txt", "Ferry timetable"),
        ("/calm", "A page that stays as it is"), ("/moody", "A server that has its moods"),
    ]

    init(site: FixtureSite) {
        self.site = site
        for turn in 0..<7 { change(turn) }
        site.put("/calm", title: "Still water", "<h1>Still water</h1><p>Nothing ever happens here.</p>")
    }

    /// Changes one page after the other until it is told to stop.
    func run() async throws {
        var turn = 7
        while !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.pace) }
            change(turn)
            turn += 1
        }
    }

    private func change(_ turn: Int) {
        switch turn % 6 {
        case 0: changePrice(turn)
        case 1: changeNews(turn)
        case 2: changeStatus(turn)
        case 3: changeLaw(turn)
        case 4: changeTimetable(turn)
        default: changeMood(turn)
        }
    }

    private func changePrice(_ turn: Int) {
        let price = 2990 + turn * 37 % 900
        let stock = turn % 4 == 0 ? "Sold out" : "In stock, \(3 + turn % 9) left"
        site.put(
            "/shop/kettle", title: "Kettle, 1.7 litres",
            """
            <nav><a href="/">Shop</a> <a href="/basket">Basket</a></nav>
            <h1>Kettle, 1.7 litres</h1><p class="price">€ \(price / 100).\(price % 100 < 10 ? "0" : "")\(price % 100)</p>
            <p class="stock">\(stock)</p><ul><li>Brushed steel<li>2,200 watts<li>Two years of warranty</ul>
            """)
    }

    private func changeNews(_ turn: Int) {
        let all = [
            "The ferry to the islands runs every hour again", "Harbour wall repairs begin in spring",
            "Record catch of mackerel this week", "The old lighthouse opens to visitors",
            "Storm warning for Thursday night",
            "New berths for small boats", "Council decides on the fish market",
        ]
        let items = (0..<4).map { "<article><h2>\(all[(turn / 6 + $0) % all.count])</h2><p>Read on.</p></article>" }
        site.put("/news", title: "Harbour news", "<h1>Harbour news</h1>" + items.joined())
    }

    private func changeStatus(_ turn: Int) {
        let state = ["operational", "operational", "degraded", "operational", "outage"][turn / 6 % 5]
        site.put(
            "/api/status.json",
            FixtureSite.Page(
                contentType: "application/json",
                body:
                    #"{"service":"payments","state":"\#(state)","regions":{"north":"operational","south":"\#(state)"}}"#
            ))
    }

    private func changeLaw(_ turn: Int) {
        let days = 14 + turn / 6 % 3 * 7
        site.put(
            "/law/section-12", title: "Section 12",
            """
            <h1>Section 12. Right of withdrawal</h1>
            <ol><li>A consumer may withdraw from the contract within \(days) days without giving reasons.
            <li>The period begins on the day on which the goods are received.
            <li>The burden of proof lies with the trader.</ol>
            """)
    }

    private func changeTimetable(_ turn: Int) {
        let rows = (6..<20).map { hour in
            "\(hour < 10 ? "0" : "")\(hour):\(turn / 6 % 2 == 0 || hour % 3 != 0 ? "15" : "45")  Harbour - North Island"
        }
        site.put(
            "/timetable.txt",
            FixtureSite.Page(
                contentType: "text/plain; charset=utf-8",
                body: (["Ferry timetable", ""] + rows).joined(separator: "\n")))
    }

    private func changeMood(_ turn: Int) {
        guard turn / 6 % 2 == 1 else {
            return site.put("/moody", title: "In a good mood", "<h1>All is well</h1><p>Visit number \(turn / 6).</p>")
        }
        site.put("/moody", FixtureSite.Page(status: .serviceUnavailable, body: "Come back later"))
    }

    /// Adds the demonstration's watches, each checked every few seconds.
    static func addWatches(_ actions: WatchActions, port: Int) async throws {
        var settings = WatchSettings()
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck = CheckInterval(seconds: 5)
        _ = try await actions.asked(by: .command("demo")).add(
            watches.map { path, title in
                NewWatch(
                    url: "http://127.0.0.1:\(port)\(path)", title: title, tagTitles: ["Demo"], settings: settings)
            })
    }
}

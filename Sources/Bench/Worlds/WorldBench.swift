import Domain
import Foundation
import NIOCore
import Storage

/// How late pages of healthy hosts are asked for, with and without hosts beside them that are slow or never answer: the
/// program as it is run, with its defaults, looked at from the servers.
enum WorldBench {
    /// Two worlds whose sick hosts take every worker of a program that is not fair, and the same without the sick.
    private struct World {
        let name: String
        let healthy: (hosts: Int, pages: Int)
        let sick: (temper: WorldServer.Temper, hosts: Int, pages: Int)
    }

    private static let worlds = [
        World(name: "one slow host of 6,000 watches", healthy: (100, 1), sick: (.slow, 1, 6000)),
        World(name: "100 hosts that never answer, 10 watches each", healthy: (100, 10), sick: (.black, 100, 10)),
    ]
    private static let interval = 30.0
    /// How long a world is looked at, in seconds; the first interval is that of its beginning.
    private static let look = 150.0

    static func run(into table: inout FigureTable) async throws {
        for world in worlds {
            for hasSick in [true, false] {
                try await Machine.withFolder { folder in
                    try await measure(world, hasSick: hasSick, folder, into: &table)
                }
            }
        }
    }

    private static func measure(
        _ world: World, hasSick: Bool, _ folder: URL, into table: inout FigureTable
    ) async throws {
        let server = try await WorldServer()
        let program = try ServedProgram(in: folder)
        try await fill(program.database, world, hasSick: hasSick, server)
        let start = NIODeadline.now().seconds
        try await program.start()
        defer { program.kill() }
        try await Task.sleep(for: .seconds(look))
        let ready = await program.status(of: "/readyz")
        let (times, end) = (server.moments(.quick), NIODeadline.now().seconds)
        let name = "\(world.name)\(hasSick ? "" : ", without it")"
        let first = times.values.compactMap { $0.first.map { $0 - start } }
        let healthy = pages(.quick, hosts: world.healthy.hosts, pages: world.healthy.pages)
        let late = lateness(of: healthy, times, start, end)
        table.add("first check of a healthy watch, p95, \(name)", [quantile(first, 0.95)], "s")
        table.add("lateness of healthy watches, p50, \(name)", [quantile(late, 0.5)], "s")
        table.add("lateness of healthy watches, p95, \(name)", [quantile(late, 0.95)], "s", goal: "2 s")
        table.add("the latest, \(name)", [late.max() ?? .nan], "s")
        table.add("healthy watches never checked, \(name)", [Double(healthy.count - times.count)], "", goal: "0")
        table.add("/readyz, \(name)", [Double(ready)], "")
        try await server.stop()
    }

    private static func fill(_ database: URL, _ world: World, hasSick: Bool, _ server: WorldServer) async throws {
        let store = try Store.open(at: database.path)
        let now = Date()
        var settings = WatchSettings()
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck = CheckInterval(seconds: Int(interval))
        var new: [NewWatch] = []
        if hasSick {
            for host in 0..<world.sick.hosts {
                for page in 0..<world.sick.pages {
                    let url = server.address(world.sick.temper, host: host, page: page)
                    new.append(NewWatch(url: url, settings: settings, firstDue: now))
                }
            }
        }
        for host in 0..<world.healthy.hosts {
            for page in 0..<world.healthy.pages {
                let url = server.address(.quick, host: host, page: page)
                new.append(NewWatch(url: url, settings: settings, firstDue: now))
            }
        }
        _ = try await store.create(new, by: .command("bench"), now: now)
        try store.close()
    }

    /// By how much each check of these pages came later than its interval after the one before, in seconds, and by how
    /// much those are late that have not come at the end. A page that was never asked for is waited for since `start`.
    private static func lateness(
        of pages: [String], _ times: [String: [Double]], _ start: Double, _ end: Double
    ) -> [Double] {
        let since = pages.map { ($0, times[$0]?.first ?? start) }
        var punctuality = Punctuality(since: Dictionary(uniqueKeysWithValues: since), interval: interval, grace: 0)
        return punctuality.look(at: times.mapValues { Array($0.dropFirst()) }, until: end).late
    }

    /// The paths of all pages of hosts of a temper.
    static func pages(_ temper: WorldServer.Temper, hosts: Int, pages: Int) -> [String] {
        (0..<hosts).flatMap { host in
            (0..<pages).map { WorldServer.path(temper, host: host, page: $0) }
        }
    }

    static func quantile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}

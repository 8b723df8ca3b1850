import Domain
import Foundation
import NIOCore
import Storage

/// How late pages of healthy hosts are asked for, with and without hosts beside them that are slow or never answer: the
/// program as it is run, with its defaults, looked at from the servers.
enum WorldBench {
    /// Two worlds in which a queue that is not fair starves watches, and the same without the sick.
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
        let start = NIODeadline.now()
        try await program.start()
        defer { program.kill() }
        try await Task.sleep(for: .seconds(look))
        let ready = await program.status(of: "/readyz")
        let times = server.times(.quick)
        let name = "\(world.name)\(hasSick ? "" : ", without it")"
        let first = times.values.compactMap { $0.first.map { seconds($0 - start) } }
        let late = lateness(times, until: .now())
        table.add("first check of a healthy watch, p95, \(name)", [quantile(first, 0.95)], "s")
        table.add("lateness of healthy watches, p50, \(name)", [quantile(late, 0.5)], "s")
        table.add("lateness of healthy watches, p95, \(name)", [quantile(late, 0.95)], "s", goal: "2 s")
        table.add("the latest, \(name)", [late.max() ?? .nan], "s")
        let expected = world.healthy.hosts * world.healthy.pages
        table.add("healthy watches never checked, \(name)", [Double(expected - times.count)], "", goal: "0")
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

    /// By how much each look after the first came later than its interval after the one before, in seconds, and by how
    /// much those are late that have not come.
    private static func lateness(_ times: [String: [NIODeadline]], until end: NIODeadline) -> [Double] {
        times.flatMap { page, looks -> [Double] in
            guard let first = looks.min() else { return [] }
            var gaps = Gaps([page], interval: interval, from: first)
            return gaps.report([page: looks.filter { $0 > first }], until: end)
        }
    }

    static func seconds(_ amount: TimeAmount) -> Double { Double(amount.nanoseconds) / 1e9 }

    static func quantile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}

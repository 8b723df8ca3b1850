import Domain
import Foundation
import NIOCore
import Storage

/// The program in a world of every temper for as long as is wished, while watches come, go and are rechecked: prints
/// every minute what it holds and whom it kept waiting. Ends with status 1 when a healthy watch was missed, or the
/// program was not ready at the end of a minute.
enum Soak {
    private static let hosts = 100
    private static let interval = 30.0
    /// A look that comes later than this after the interval counts as missed, in seconds.
    private static let grace = 10.0

    /// One line of the report.
    private struct Minute {
        var memory = 0
        var descriptors = 0
        var database = 0.0
        var checks = 0
        var median = 0.0
        var p95 = 0.0
        var latest = 0.0
        var missed = 0
        var cpu = 0.0
        var ready = 0

        static let titles = [
            "minute", "memory MB", "descriptors", "database MB", "checks", "late p50 s", "p95 s", "latest s", "missed",
            "CPU %", "/readyz",
        ]

        func line(_ name: String) -> String {
            let figures = [
                name, "\(memory)", "\(descriptors)", String(format: "%.1f", database), "\(checks)",
                String(format: "%.2f", median), String(format: "%.2f", p95), String(format: "%.2f", latest),
                "\(missed)",
                String(format: "%.0f", cpu), "\(ready)",
            ]
            return zip(figures, Self.titles).map { figure, title in
                String(repeating: " ", count: max(0, title.count - figure.count)) + figure
            }.joined(separator: "  ")
        }
    }

    static func run(minutes: Int) async throws {
        var all: [Minute] = []
        try await Machine.withFolder { folder in
            let server = try await WorldServer()
            let program = try ServedProgram(in: folder, ["FETCH_TIMEOUT_SECONDS": "20"])
            try await fill(program.database, server)
            try await program.start()
            defer { program.kill() }
            let healthy = [WorldServer.Temper.quick, .changing].flatMap { temper in
                (0..<hosts).flatMap { host in (0..<3).map { WorldServer.path(temper, host: host, page: $0) } }
            }
            var gaps = Gaps(healthy, interval: interval, from: .now())
            print(Minute.titles.joined(separator: "  "))
            for minute in 1...max(1, minutes) {
                let cpu = program.cpuSeconds
                for round in 0..<6 {
                    try await Task.sleep(for: .seconds(10))
                    await disturb(program, server, minute * 6 + round)
                }
                let report = await report(program, server, &gaps, cpu: program.cpuSeconds - cpu)
                print(report.line("\(minute)"))
                fflush(nil)
                all.append(report)
                guard program.isRunning else { throw Ended() }
            }
            try await server.stop()
        }
        if !sumUp(all) { exit(1) }
    }

    /// Prints what the minutes come to; true when no healthy watch was missed and the program was always ready.
    private static func sumUp(_ all: [Minute]) -> Bool {
        func range(_ value: (Minute) -> Double, _ digits: Int) -> String {
            let values = all.map(value)
            let words = [values.first, values.last, values.max()].map { String(format: "%.\(digits)f", $0 ?? .nan) }
            return "\(words[0]) at first, \(words[1]) at last, \(words[2]) at most"
        }
        let missed = all.reduce(0) { $0 + $1.missed }
        let unready = all.count { $0.ready != 200 }
        print("memory MB: \(range({ Double($0.memory) }, 0))")
        print("descriptors: \(range({ Double($0.descriptors) }, 0))")
        print("database MB: \(range(\.database, 1))")
        print("lateness of healthy watches, p95 s: \(range(\.p95, 2)); the latest: \(range(\.latest, 2))")
        print("missed checks of healthy watches: \(missed); minutes at whose end /readyz was not 200: \(unready)")
        return missed == 0 && unready == 0
    }

    private struct Ended: Error, CustomStringConvertible {
        let description = "the program ended by itself"
    }

    private static func fill(_ database: URL, _ server: WorldServer) async throws {
        let store = try Store.open(at: database.path)
        let now = Date()
        var settings = WatchSettings()
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck = CheckInterval(seconds: Int(interval))
        let new = WorldServer.Temper.allCases.flatMap { temper in
            (0..<hosts).flatMap { host in
                (0..<3).map { page in
                    NewWatch(
                        url: server.address(temper, host: host, page: page), settings: settings, firstDue: now)
                }
            }
        }
        _ = try await store.create(new, by: .command("soak"), now: now)
        try store.close()
    }

    /// What people and programs do all day: lists, rechecks, a watch that comes and goes.
    private static func disturb(_ program: ServedProgram, _ server: WorldServer, _ number: Int) async {
        for path in ["/", "/api/v1/watch", "/readyz", "/worker-health", "/metrics"] {
            _ = await program.status(of: path)
        }
        if number.isMultiple(of: 12) { _ = await program.status(of: "/api/v1/watch?recheck_all=1") }
        if number.isMultiple(of: 3) {
            let address = server.address(.black, host: 200 + number, page: 0)
            _ = try? await program.post("/api/v1/watch", ["url": address])
        }
    }

    private static func report(
        _ program: ServedProgram, _ server: WorldServer, _ gaps: inout Gaps, cpu: Double
    ) async -> Minute {
        let healthy = server.takeTimes().filter { path, _ in
            path.hasPrefix("/\(WorldServer.Temper.quick)/") || path.hasPrefix("/\(WorldServer.Temper.changing)/")
        }
        let late = gaps.report(healthy, until: .now())
        var minute = Minute()
        minute.memory = Int(program.residentMegabytes)
        minute.descriptors = program.descriptors
        minute.database = program.databaseMegabytes
        minute.checks = healthy.values.reduce(0) { $0 + $1.count }
        minute.median = WorldBench.quantile(late, 0.5)
        minute.p95 = WorldBench.quantile(late, 0.95)
        minute.latest = late.max() ?? .nan
        minute.missed = late.count { $0 > grace }
        minute.cpu = cpu / 60 * 100
        minute.ready = await program.status(of: "/readyz")
        return minute
    }
}

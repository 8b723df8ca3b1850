import Domain
import Foundation
import NIOCore
import Storage

/// The program in a world of every temper for as long as is wished, while watches come, go and are rechecked: prints
/// every minute what it holds and whom it kept waiting. Ends with status 1 when a healthy watch was missed.
enum Soak {
    private static let hosts = 100
    private static let interval = 30.0
    /// A look that comes later than this after the interval counts as missed, in seconds.
    private static let grace = 10.0

    static func run(minutes: Int) async throws {
        var missed = 0
        try await Machine.withFolder { folder in
            let server = try await WorldServer()
            let program = try ServedProgram(in: folder, ["FETCH_TIMEOUT_SECONDS": "20"])
            try await fill(program.database, server)
            try await program.start()
            defer { program.kill() }
            print(
                "minute  memory MB  descriptors  database MB  checks/min  late p50 s  late p95 s  latest s  missed  CPU %  /readyz"
            )
            for minute in 1...max(1, minutes) {
                let cpu = program.cpuSeconds
                server.forget()
                for round in 0..<6 {
                    try await Task.sleep(for: .seconds(10))
                    await disturb(program, server, minute * 6 + round)
                }
                missed += await report(minute, program, server, cpu: program.cpuSeconds - cpu)
                guard program.isRunning else { throw Ended() }
            }
            try await server.stop()
        }
        print("missed checks of healthy watches: \(missed)")
        if missed > 0 { exit(1) }
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

    /// Prints one line; answers how many healthy watches were missed.
    private static func report(
        _ minute: Int, _ program: ServedProgram, _ server: WorldServer, cpu: Double
    ) async -> Int {
        let times = server.times(.quick).merging(server.times(.changing)) { $0 + $1 }
        let late = WorldBench.lateness(times)
        let unseen = hosts * 3 * 2 - times.count
        let missed = late.count { $0 > grace } + max(0, unseen)
        let ready = await program.status(of: "/readyz")
        let figures = [
            String(minute), String(Int(program.residentMegabytes)), String(program.descriptors),
            String(format: "%.1f", program.databaseMegabytes), String(times.values.reduce(0) { $0 + $1.count }),
            String(format: "%.2f", WorldBench.quantile(late, 0.5)),
            String(format: "%.2f", WorldBench.quantile(late, 0.95)),
            String(format: "%.2f", late.max() ?? .nan), String(missed), String(format: "%.0f", cpu / 60 * 100),
            String(ready),
        ]
        print(figures.joined(separator: "  "))
        fflush(nil)
        return missed
    }
}

import Domain
import Foundation
import NIOCore
import Storage

/// The program in a world of every temper for as long as is wished, while watches come, go and are rechecked: prints
/// every minute what it holds and whom it kept waiting. Ends with status 1 when a check of a healthy watch was missed,
/// `/readyz` was not 200, or the program ended by itself.
enum Soak {
    private static let hosts = 100
    private static let pagesPerHost = 3
    private static let healthy: [WorldServer.Temper] = [.quick, .changing]
    private static let interval = 30.0
    /// A check that comes later than this after the interval counts as missed, in seconds.
    private static let grace = 10.0
    /// How often somebody disturbs it in a minute.
    private static let rounds = 6

    static func run(minutes: Int) async throws {
        var table = SoakTable()
        var isRunning = true
        try await Machine.withFolder { folder in
            let server = try await WorldServer()
            let program = try ServedProgram(in: folder, ["FETCH_TIMEOUT_SECONDS": "20"])
            try await fill(program.database, server)
            let pages = healthy.flatMap { WorldBench.pages($0, hosts: hosts, pages: pagesPerHost) }
            let start = NIODeadline.now().seconds
            var punctuality = Punctuality(
                since: Dictionary(uniqueKeysWithValues: pages.map { ($0, start) }), interval: interval, grace: grace)
            try await program.start()
            defer { program.kill() }
            show(SoakTable.head)
            for minute in 0..<minutes where isRunning {
                show(table.add(try await pass(minute, program, server, &punctuality)))
                isRunning = program.isRunning
            }
            try await server.stop()
        }
        for line in table.summary { show(line) }
        if !isRunning { show("the program ended by itself") }
        show(table.verdict)
        if !isRunning || !table.isGood { exit(1) }
    }

    /// Also into a file at once, so that a run that is cut short has told what it found.
    private static func show(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// Lets a minute pass and tells what was seen in it.
    private static func pass(
        _ minute: Int, _ program: ServedProgram, _ server: WorldServer, _ punctuality: inout Punctuality
    ) async throws -> SoakMinute {
        var seen = SoakMinute()
        let (start, cpu) = (NIODeadline.now().seconds, program.cpuSeconds)
        for round in 0..<rounds {
            try await Task.sleep(for: .seconds(60 / rounds))
            await disturb(program, server, minute * rounds + round)
            if await program.status(of: "/readyz") != 200 { seen.notReady += 1 }
        }
        let moments = server.takeMoments()
        let end = NIODeadline.now().seconds
        let span = punctuality.look(at: moments, until: end)
        (seen.checks, seen.missed) = (span.checks, span.missed)
        seen.median = WorldBench.quantile(span.late, 0.5)
        seen.p95 = WorldBench.quantile(span.late, 0.95)
        seen.latest = span.late.max() ?? .nan
        seen.memory = program.residentMegabytes
        seen.descriptors = program.descriptors
        seen.database = program.databaseMegabytes
        seen.processor = (program.cpuSeconds - cpu) / (end - start) * 100
        return seen
    }

    private static func fill(_ database: URL, _ server: WorldServer) async throws {
        let store = try Store.open(at: database.path)
        let now = Date()
        var settings = WatchSettings()
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck = CheckInterval(seconds: Int(interval))
        let new = WorldServer.Temper.allCases.flatMap { temper in
            (0..<hosts).flatMap { host in
                (0..<pagesPerHost).map { page in
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
        for path in ["/", "/api/v1/watch", "/worker-health", "/metrics"] {
            _ = await program.status(of: path)
        }
        if number.isMultiple(of: 12) { _ = await program.status(of: "/api/v1/watch?recheck_all=1") }
        guard number.isMultiple(of: 3) else { return }
        func passing(_ number: Int) -> String { server.address(.black, host: 200 + number % 600, page: 0) }
        _ = try? await program.post("/api/v1/watch", ["url": passing(number)])
        if number >= 30 { _ = try? await program.delete("/api/v1/watch?q=\(passing(number - 30))") }
    }
}

import Curl
import Domain
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import Storage

/// The program itself while 1,000 watches are rechecked in a loop and a crowd is subscribed to every one of them: how
/// long its health takes to be told, what it holds, and what the crowd is told.
enum NewsBench {
    private static let watches = 1_000
    private static let crowds = [0, 200, 5_000]
    private static let key = "a-key-for-the-bench"
    /// How long the program is under load before it is looked at, and how long each of three looks takes.
    private static let warmUp = Duration.seconds(6)
    private static let look = Duration.seconds(12)
    /// Microseconds between two questions about its health.
    private static let rest: UInt32 = 15_000
    private static let questions = ["/healthz", "/readyz", "/worker-health"]

    /// `only` names the one crowd to measure with, by its size.
    static func run(only: String, into table: inout FigureTable) async throws {
        for crowd in crowds where only.isEmpty || only == String(crowd) {
            try await Machine.withFolder { folder in
                let pages = try PageServer(in: folder)
                defer { pages.stop() }
                let ids = try await fill(folder, pages)
                try await measure(crowd, ids, pages, folder, into: &table)
            }
        }
    }

    private static func fill(_ folder: URL, _ pages: PageServer) async throws -> [WatchID] {
        let store = try Store.open(at: folder.appending(path: "news.db").path)
        let now = Date()
        let new = (0..<watches).map { number in
            NewWatch(
                url: pages.address(5, changing: true, number: number), title: "Product number \(number)",
                firstDue: now.addingTimeInterval(86_400))
        }
        let made = try await store.create(new, by: .command("bench"), now: now)
        try store.close()
        return made.map(\.id)
    }

    private static func measure(
        _ crowd: Int, _ ids: [WatchID], _ pages: PageServer, _ folder: URL, into table: inout FigureTable
    ) async throws {
        let program = NewsSubject(in: folder, key: key)
        defer { program.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any))
        defer { client.close() }
        let door = NewsDoor(client: client, port: program.port)
        try await program.start(door)
        let tally = LoadClient.Tally()
        let (one, all) = (NIOLockedValueBox(NewsWitness.Heard()), NIOLockedValueBox(NewsWitness.Heard()))
        var channels = try await LoadClient.connect(crowd, program.port, tally)
        for channel in channels {
            channel.writeAndFlush(ClientText.frame(#"42["subscribe",{"all":true,"list":true}]"#), promise: nil)
        }
        channels.append(try await NewsWitness.connect(program.port, #"{"watches":["\#(ids[500])"]}"#, one))
        channels.append(try await NewsWitness.connect(program.port, #"{"all":true}"#, all))
        let checks = Task { await recheck(door) }
        try await Task.sleep(for: warmUp)
        var figures = NewsFigures(crowd: crowd)
        for _ in 0..<3 {
            tally.reset()
            let before = (cpu: program.cpuSeconds, checks: try await served(pages, client), start: ContinuousClock.now)
            for heard in [one, all] { heard.withLockedValue { $0 = .init() } }
            figures.health.merge(await ask(program.port)) { $0 + $1 }
            let time = (ContinuousClock.now - before.start).seconds
            figures.cpu.append((program.cpuSeconds - before.cpu) / time)
            figures.checks.append((try await served(pages, client) - before.checks) / time)
            figures.told.append(Double(tally.counts.withLockedValue { $0.messages }) / time / Double(max(1, crowd)))
            figures.one.append(one.withLockedValue { $0 })
            figures.all.append(all.withLockedValue { $0 })
            figures.left.append(Double(channels.count { $0.isActive }))
        }
        checks.cancel()
        figures.memory = program.peakMegabytes
        figures.add(to: &table, seconds: look.seconds)
        for channel in channels { channel.close(promise: nil) }
    }

    /// Asks about its health again and again, on a thread that does nothing else.
    private static func ask(_ port: Int) async -> [String: [Double]] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let start = ContinuousClock.now
                var times: [String: [Double]] = [:]
                var number = 0
                while ContinuousClock.now - start < look {
                    let path = questions[number % questions.count]
                    number += 1
                    times[path, default: []].append(HealthProbe.ask(path, port: port) ?? NewsFigures.never)
                    usleep(rest)
                }
                continuation.resume(returning: times)
            }
        }
    }

    /// How many pages have been fetched.
    private static func served(_ pages: PageServer, _ client: CurlClient) async throws -> Double {
        let answer = try await client.perform(CurlTransfer(try CurlURL(pages.countAddress)))
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        return lines.dropFirst(2).first?.split(separator: " ").last.flatMap { Double($0) } ?? .nan
    }

    /// Has everything rechecked as soon as nothing waits any more, until the task is cancelled.
    private static func recheck(_ door: NewsDoor) async {
        while !Task.isCancelled {
            let waiting = try? await door.waiting()
            if let waiting, waiting < 20 {
                _ = try? await door.get("/api/v1/watch?recheck_all=1", [CurlHeader("x-api-key", key)])
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }
}

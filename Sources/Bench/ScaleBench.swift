import Curl
import Domain
import Foundation
import Storage

/// The program itself with 0, 1,000 and 100,000 watches: start to first answer, memory, the list page, the due query.
enum ScaleBench {
    static func run(into table: inout FigureTable) async throws {
        for count in [0, 1000, 100_000] {
            try await Machine.withFolder { folder in
                let database = folder.appending(path: "scale.db")
                try await fill(database, count)
                try await dueQuery(database, count, into: &table)
                try await serve(database, count, into: &table)
            }
        }
    }

    private static func fill(_ database: URL, _ count: Int) async throws {
        let store = try Store.open(at: database.path)
        let now = Date()
        for start in stride(from: 0, to: count, by: 5000) {
            let part = (start..<min(start + 5000, count)).map { number in
                NewWatch(
                    url: "https://www\(number % 5000).example.org/products/\(number)",
                    title: "Product number \(number)",
                    firstDue: now.addingTimeInterval(3600 + Double(number)))
            }
            let watches = try await store.create(part, by: .command("bench"), now: now)
            for _ in 0..<2 {
                _ = try await store.record(
                    watches.map { watch in
                        DatedOutcome(outcome(watch.id, now), nextDue: now.addingTimeInterval(7200 + Double(start)))
                    })
            }
        }
        try await store.optimize()
        try store.close()
    }

    private static func outcome(_ watch: WatchID, _ now: Date) -> CheckOutcome {
        let text = Array("Product \(watch)\nPrice \(Int.random(in: 1...999))\n".utf8)
        let checksum = Checksum(bytes: Array(text.suffix(16)))
        let verdict = Verdict(
            decision: .changed(text: text), pageChecksum: checksum, textChecksum: checksum, title: "A product page")
        return CheckOutcome(
            watch: watch, revision: 1, startedAt: now, duration: .milliseconds(80), status: 200, byteCount: 50_000,
            result: .verdict(verdict))
    }

    private static func dueQuery(_ database: URL, _ count: Int, into table: inout FigureTable) async throws {
        let store = try Store.open(at: database.path)
        var samples: [Double] = []
        for _ in 0..<20 {
            let start = ContinuousClock.now
            _ = try await store.due(at: Date().addingTimeInterval(1_000_000), after: nil, limit: 500)
            samples.append((ContinuousClock.now - start).seconds * 1000)
        }
        table.add("due query, 500 rows, \(count) watches", samples, "ms")
        try store.close()
    }

    private static func serve(_ database: URL, _ count: Int, into table: inout FigureTable) async throws {
        let port = 21_000 + Int(getpid()) % 20_000
        let client = try CurlClient(CurlOptions(addresses: .any))
        defer { client.close() }
        var starts: [Double] = []
        for round in 0..<5 {
            let process = Process()
            process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
                path: "turnstone")
            process.arguments = ["serve"]
            process.environment = [
                "DATABASE_PATH": database.path, "CHANGEDETECTION_HOST": "127.0.0.1",
                "CHANGEDETECTION_PORT": String(port),
                "LOGGER_LEVEL": "error",
            ]
            let start = ContinuousClock.now
            try process.run()
            try await firstAnswer(client, port)
            starts.append((ContinuousClock.now - start).seconds * 1000)
            if round == 4 { try await look(process.processIdentifier, client, port, count, into: &table) }
            process.terminate()
            process.waitUntilExit()
        }
        table.add("start to first answer, \(count) watches", starts, "ms", goal: "100 ms")
    }

    private static func firstAnswer(_ client: CurlClient, _ port: Int) async throws {
        for _ in 0..<10_000 {
            if let answer = try? await get(client, port, "/"), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private static func look(
        _ process: Int32, _ client: CurlClient, _ port: Int, _ count: Int, into table: inout FigureTable
    ) async throws {
        var samples: [Double] = []
        for _ in 0..<50 {
            let start = ContinuousClock.now
            _ = try await get(client, port, "/")
            samples.append((ContinuousClock.now - start).seconds * 1000)
        }
        table.add("list page, \(count) watches", samples, "ms", goal: "10 ms")
        table.add(
            "memory after 50 list pages, \(count) watches", [Machine.residentMegabytes(of: process)], "MB",
            goal: "150 MB")
        let compressed = Process()
        compressed.executableURL = URL(filePath: "/usr/bin/env")
        compressed.arguments = [
            "curl", "-s", "-o", "/dev/null", "-w", "%{size_download}", "-H", "Accept-Encoding: gzip",
            "http://127.0.0.1:\(port)/",
        ]
        let pipe = Pipe()
        compressed.standardOutput = pipe
        try compressed.run()
        let size = Double(String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)) ?? .nan
        table.add("list page compressed, \(count) watches", [size / 1000], "kB", goal: "60 kB")
    }

    private static func get(_ client: CurlClient, _ port: Int, _ path: String) async throws -> CurlAnswer {
        try await client.perform(
            CurlTransfer(
                try CurlURL("http://127.0.0.1:\(port)\(path)"), method: "GET", headers: [], body: nil, cookies: [],
                timeout: .seconds(10), bodyLimit: 10_000_000))
    }
}

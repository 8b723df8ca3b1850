import Curl
import Detection
import Domain
import Fetchers
import Foundation
import GRDB

/// CPU time of one whole check through queue, worker, recorder and store, beside a bare loop that fetches, detects and
/// inserts one row.
enum CheckBench {
    private static let count = 1500
    private static let rounds = 5

    private struct Scene {
        let name: String
        let kilobytes: Int
        let changing: Bool
        let settings: WatchSettings
        var goal = ""
    }

    private static var scenes: [Scene] {
        var selecting = WatchSettings()
        selecting.includeFilters = ["main article.entry", "//p[@class='price']"]
        return [
            Scene(name: "5 KB, same bytes", kilobytes: 5, changing: false, settings: WatchSettings()),
            Scene(name: "5 KB, changed text", kilobytes: 5, changing: true, settings: WatchSettings()),
            Scene(
                name: "50 KB, same bytes", kilobytes: 50, changing: false, settings: WatchSettings(), goal: "0.08 ms"),
            Scene(
                name: "50 KB, changed text", kilobytes: 50, changing: true, settings: WatchSettings(), goal: "0.25 ms"),
            Scene(
                name: "50 KB, changed, CSS and XPath", kilobytes: 50, changing: true, settings: selecting,
                goal: "1.2 ms"),
        ]
    }

    static func run(only: String, into table: inout FigureTable) async throws {
        for scene in scenes where only.isEmpty || scene.name.contains(only) {
            let (ours, bare) = try await Machine.withFolder { folder in try await measure(scene, in: folder) }
            table.add("check, \(scene.name) (CPU)", ours, "ms", goal: scene.goal, reference: bare)
        }
    }

    private static func measure(_ scene: Scene, in folder: URL) async throws -> ([Double], [Double]) {
        let server = try PageServer(in: folder)
        defer { server.stop() }
        let machine = try await Machinery(in: folder, workers: 10)
        let addresses = (0..<count).map { server.address(scene.kilobytes, changing: scene.changing, number: $0) }
        let watches = try await machine.add(addresses, scene.settings)
        try await machine.checkAll(watches)
        let bare = try BareLoop(in: folder, settings: scene.settings)
        try await bare.run(addresses)
        var ours: [Double] = []
        var reference: [Double] = []
        for _ in 0..<rounds {
            var before = Machine.cpuSeconds
            try await machine.checkAll(watches)
            ours.append((Machine.cpuSeconds - before) / Double(count) * 1000)
            before = Machine.cpuSeconds
            try await bare.run(addresses)
            reference.append((Machine.cpuSeconds - before) / Double(count) * 1000)
        }
        try await machine.stop()
        bare.close()
        return (ours, reference)
    }
}

/// The same work without the machine: fetch, detect, one row, a transaction for every hundred.
private final class BareLoop: Sendable {
    private let client: CurlClient
    private let database: DatabaseQueue
    private let processor = TextProcessor()
    private let rules: DetectionSettings
    private let seen = Seen()

    /// What the last round has found, by address.
    private actor Seen {
        private var previous: [String: PreviousCheck] = [:]

        func previous(of address: String) -> PreviousCheck { previous[address] ?? PreviousCheck() }

        func note(_ verdict: Verdict, of address: String) {
            let text = verdict.textChecksum ?? previous[address]?.textChecksum
            previous[address] = PreviousCheck(pageChecksum: verdict.pageChecksum, textChecksum: text)
        }
    }

    init(in folder: URL, settings: WatchSettings) throws {
        client = try CurlClient(CurlOptions(addresses: .any))
        database = try DatabaseQueue(path: folder.appending(path: "bare.db").path)
        rules = DetectionSettings(watch: settings, settings: Settings(), url: "http://127.0.0.1/")
        try database.writeWithoutTransaction { db in
            try db.execute(
                sql: "PRAGMA journal_mode = WAL; CREATE TABLE outcome (address TEXT, checksum BLOB, text BLOB)")
        }
    }

    func run(_ addresses: [String]) async throws {
        for start in stride(from: 0, to: addresses.count, by: 100) {
            let part = addresses[start..<min(start + 100, addresses.count)]
            let rows = try await outcomes(of: Array(part))
            try await database.write { db in
                let insert = try db.cachedStatement(sql: "INSERT INTO outcome VALUES (?, ?, ?)")
                for (address, verdict) in rows {
                    var text: Data?
                    if case .changed(let bytes) = verdict.decision { text = Data(bytes) }
                    try insert.execute(arguments: [address, Data(verdict.pageChecksum.bytes), text])
                }
            }
        }
    }

    private func outcomes(of addresses: [String]) async throws -> [(String, Verdict)] {
        try await withThrowingTaskGroup(of: [(String, Verdict)].self) { group in
            for lane in 0..<10 {
                group.addTask {
                    var found: [(String, Verdict)] = []
                    for index in stride(from: lane, to: addresses.count, by: 10) {
                        found.append((addresses[index], try await self.check(addresses[index])))
                    }
                    return found
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func check(_ address: String) async throws -> Verdict {
        let transfer = CurlTransfer(
            try CurlURL(address), method: "GET", headers: [], body: nil, cookies: [], timeout: .seconds(30),
            bodyLimit: 10_000_000)
        let answer = try await client.perform(transfer)
        let page = FetchedPage(
            status: answer.status, finalURL: address, contentType: answer.headers["Content-Type"], body: answer.body)
        let verdict = try processor.verdict(on: page, settings: rules, previous: await seen.previous(of: address))
        await seen.note(verdict, of: address)
        return verdict
    }

    func close() {
        client.close()
    }
}

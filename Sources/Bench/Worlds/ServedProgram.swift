import Curl
import Foundation

/// The program as it is run, on a database of its own.
final class ServedProgram {
    static let key = "a-key-for-the-bench"

    let port = 21_000 + Int(getpid()) % 20_000
    let database: URL
    private let process = Process()
    private let client: CurlClient

    /// Prepares the program for a database in `folder`, with `environment` beside what it needs.
    init(in folder: URL, _ environment: [String: String] = [:]) throws {
        database = folder.appending(path: "bench.db")
        client = try CurlClient(CurlOptions(addresses: .any))
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
            path: "turnstone")
        process.arguments = ["serve"]
        process.environment = [
            "DATABASE_PATH": database.path, "CHANGEDETECTION_HOST": "127.0.0.1",
            "CHANGEDETECTION_PORT": String(port), "LOGGER_LEVEL": "error", "API_KEY": Self.key,
            "ALLOW_IANA_RESTRICTED_ADDRESSES": "true",
        ].merging(environment) { $1 }
    }

    /// Starts it and returns when it answers.
    func start() async throws {
        try process.run()
        for _ in 0..<1_000 {
            if let answer = try? await get("/healthz"), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Ends it at once, if it has not ended by itself.
    func kill() {
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        client.close()
    }

    /// Asks it to stop and returns its exit status.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        client.close()
        return process.terminationStatus
    }

    /// The status of its answer; 0 when there is none.
    func status(of path: String) async -> Int { (try? await get(path).status) ?? 0 }

    func get(_ path: String) async throws -> CurlAnswer {
        try await client.perform(
            CurlTransfer(
                try CurlURL("http://127.0.0.1:\(port)\(path)"), headers: [CurlHeader("x-api-key", Self.key)],
                timeout: .seconds(30), bodyLimit: 10_000_000))
    }

    func post(_ path: String, _ fields: [String: String]) async throws -> CurlAnswer {
        let body = try JSONSerialization.data(withJSONObject: fields)
        return try await client.perform(
            CurlTransfer(
                try CurlURL("http://127.0.0.1:\(port)\(path)"), method: "POST",
                headers: [CurlHeader("x-api-key", Self.key), CurlHeader("Content-Type", "application/json")],
                body: Array(body), timeout: .seconds(30), bodyLimit: 10_000_000))
    }

    func delete(_ path: String) async throws -> CurlAnswer {
        try await client.perform(
            CurlTransfer(
                try CurlURL("http://127.0.0.1:\(port)\(path)"), method: "DELETE",
                headers: [CurlHeader("x-api-key", Self.key)], timeout: .seconds(30), bodyLimit: 10_000_000))
    }

    var isRunning: Bool { process.isRunning }
    var cpuSeconds: Double { Machine.cpuSeconds(of: process.processIdentifier) }
    var residentMegabytes: Double { Machine.residentMegabytes(of: process.processIdentifier, "VmRSS") }
    var descriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd").count) ?? 0
    }
    /// The database with its log, in megabytes.
    var databaseMegabytes: Double {
        ["", "-wal"].reduce(0) { sum, suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: database.path + suffix)
            return sum + Double(attributes?[.size] as? Int ?? 0) / 1e6
        }
    }
}

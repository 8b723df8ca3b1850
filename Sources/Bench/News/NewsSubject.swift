import Curl
import Foundation

/// The program as it is run, on a database of its own.
final class NewsSubject {
    let port = 21_000 + Int(getpid()) % 20_000
    private let process = Process()

    /// Prepares the program for the database `news.db` in `folder`.
    init(in folder: URL, key: String) {
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
            path: "turnstone")
        process.arguments = ["serve"]
        process.environment = [
            "DATABASE_PATH": folder.appending(path: "news.db").path, "CHANGEDETECTION_HOST": "127.0.0.1",
            "CHANGEDETECTION_PORT": String(port), "LOGGER_LEVEL": "error", "API_KEY": key,
            "ALLOW_IANA_RESTRICTED_ADDRESSES": "true", "FETCH_PER_HOST": "10",
            "SOCKETIO_MAX_CLIENTS_PER_ADDRESS": "6000",
        ]
    }

    /// Starts it and returns when it answers.
    func start(_ door: NewsDoor) async throws {
        try process.run()
        for _ in 0..<1_000 {
            if let answer = try? await door.get("/healthz"), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Ends it at once: it would say goodbye to thousands of clients first.
    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var cpuSeconds: Double { Machine.cpuSeconds(of: process.processIdentifier) }
    /// The most that it ever held.
    var peakMegabytes: Double { Machine.residentMegabytes(of: process.processIdentifier, "VmHWM") }
}

/// How the bench asks the program.
struct NewsDoor: Sendable {
    let client: CurlClient
    let port: Int

    func get(_ path: String, _ headers: [CurlHeader] = []) async throws -> CurlAnswer {
        try await client.perform(
            CurlTransfer(
                try CurlURL("http://127.0.0.1:\(port)\(path)"), headers: headers, timeout: .seconds(30),
                bodyLimit: 10_000_000))
    }

    /// How many checks wait.
    func waiting() async throws -> Int {
        let answer = try await get("/queue-status?summary=1")
        return number(after: #""total_items":"#, in: answer)
    }

    private func number(after name: String, in answer: CurlAnswer) -> Int {
        let text = String(decoding: answer.body, as: UTF8.self)
        guard let range = text.range(of: name) else { return 0 }
        return Int(text[range.upperBound...].prefix { $0.isNumber }) ?? 0
    }
}

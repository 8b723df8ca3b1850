import Configuration
import Domain
import Foundation
import FoundationNetworking
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import App

/// The whole program in this process, through the composition that `turnstone serve` uses, beside a site whose pages
/// change on command.
struct Stage: Sendable {
    let program: Program
    let site: FixtureSite
    let port: Int
    let sitePort: Int

    /// Runs `body` on a stage with a database of its own, and takes everything down afterwards.
    static func run(
        _ environment: [String: String] = [:], database: URL? = nil, _ body: (Stage) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stage-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let logger = Logger(label: "stage") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try App.Configuration(
            from: EnvironmentVariablesProvider(
                environmentVariables: Self.environment(database: database ?? folder.appending(path: "stage.db"))
                    .merging(environment) { $1 }))
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let program = try await Program(configuration, logger: logger) { announce.yield($0) }
        let site = FixtureSite()
        let (sitePorts, announceSite) = AsyncStream.makeStream(of: Int.self)
        let pages = site.application(logger: logger) { announceSite.yield($0) }
        let group = program.group([pages])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer {
                    announce.finish()
                    announceSite.finish()
                }
                try await group.run()
            }
            let port = try #require(await ports.first { _ in true })
            let sitePort = try #require(await sitePorts.first { _ in true })
            let stage = Stage(program: program, site: site, port: port, sitePort: sitePort)
            do {
                try await body(stage)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    static func environment(database: URL) -> [String: String] {
        [
            "CHANGEDETECTION_HOST": "127.0.0.1", "CHANGEDETECTION_PORT": "0", "DATABASE_PATH": database.path,
            "TEMPLATES_PATH": root.appending(path: "templates").path, "ALLOW_IANA_RESTRICTED_ADDRESSES": "true",
            // What `RawClient` says.
            "ALLOWED_HOSTS": "example.org",
            "API_KEY": key, "START_SPREAD_SECONDS": "0", "MINIMUM_SECONDS_RECHECK_TIME": "0",
        ]
    }

    static let key = "key-of-the-end-to-end-tests"
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    var address: String { "http://127.0.0.1:\(port)" }
    func page(_ path: String) -> String { "http://127.0.0.1:\(sitePort)\(path)" }

    /// One answer of the program, as status and text.
    func ask(
        _ method: String, _ path: String, json: [String: any Sendable]? = nil, form: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        try await Self.ask(port, method, path, json: json, form: form, headers: headers)
    }

    static func ask(
        _ port: Int, _ method: String, _ path: String, json: [String: any Sendable]? = nil, form: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        request.httpMethod = method
        request.setValue(key, forHTTPHeaderField: "x-api-key")
        if let json {
            request.httpBody = try JSONSerialization.data(withJSONObject: json)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let form {
            request.httpBody = Data(form.utf8)
            request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        return Answer(status: http.statusCode, body: String(decoding: data, as: UTF8.self))
    }

    struct Answer: Sendable {
        let status: Int
        let body: String

        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }
    }

    /// Adds a watch by the API; returns its uuid.
    func add(_ path: String, _ fields: [String: any Sendable] = [:]) async throws -> String {
        let answer = try await ask("POST", "/api/v1/watch", json: fields.merging(["url": page(path)]) { $1 })
        #expect(answer.status == 201, "\(answer.body)")
        return try #require(answer.object["uuid"] as? String)
    }
}

/// What the test command installs; `make test` says where it is.
enum Outside {
    static let python = ProcessInfo.processInfo.environment["TURNSTONE_PYTHON"]
    static let chromium = ProcessInfo.processInfo.environment["TURNSTONE_CHROMIUM"]

    static func socketClient(_ stage: Stage, _ transport: String = "upgrade") async throws -> OutsideProcess {
        try await socketClient(port: stage.port, transport)
    }

    static func socketClient(port: Int, _ transport: String = "upgrade") async throws -> OutsideProcess {
        let client = try OutsideProcess(
            try #require(python, "run `make test`: it sets TURNSTONE_PYTHON"),
            [script("socket_client.py"), "http://127.0.0.1:\(port)", transport])
        _ = try await client.next { $0["connected"] != nil }
        return client
    }

    /// Starts one with these options of Chromium's.
    static func browser(_ options: [String] = []) throws -> Browser {
        Browser(
            process: try OutsideProcess(
                try #require(python, "run `make test`: it sets TURNSTONE_PYTHON"),
                [script("browser.py"), try #require(chromium, "run `make test`: it sets TURNSTONE_CHROMIUM")]
                    + options))
    }

    private static func script(_ name: String) -> String {
        Stage.root.appending(path: "Tests/EndToEndTests/Clients/\(name)").path
    }
}

/// A real browser and one page in it.
struct Browser: Sendable {
    let process: OutsideProcess

    struct Complaint: Error, CustomStringConvertible {
        let description: String
    }

    @discardableResult
    func `do`(_ what: String, _ more: [String: Any] = [:]) async throws -> Any? {
        try process.send(more.merging(["do": what]) { $1 })
        let answer = try await process.next { $0["ok"] != nil || $0["error"] != nil || $0.keys.contains("ok") }
        if let error = answer["error"] { throw Complaint(description: "\(what) \(more): \(error)") }
        return answer["ok"]
    }

    /// With `bypass` scripts of the test may do what the page's own rules forbid.
    func open(_ url: String, script: Bool = true, bypass: Bool = false) async throws {
        try await self.do("open", ["url": url, "script": script, "bypass": bypass])
    }

    /// Waits until a JavaScript expression is true.
    func wait(_ expression: String) async throws {
        try await self.do("wait", ["expression": expression])
    }
}

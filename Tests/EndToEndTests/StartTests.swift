import Domain
import Foundation
import Testing

@testable import App

/// What a person at the terminal reads when the program cannot start.
@Suite("A start that fails", .serialized)
struct StartTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "start-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test(
        "says the variable, its value, why and what is accepted, and exits with 1",
        arguments: [
            ("FETCH_CA_FILE", "/nope", "PEM"), ("TEMPLATES_PATH", "/nope", "no templates"),
            ("DATABASE_PATH", "/proc/nope/a.db", "written"), ("CHANGEDETECTION_HOST", "192.0.2.1", "not an address"),
            ("CHANGEDETECTION_HOST", "no.such.host.invalid", "no such host"),
        ])
    func variables(_ name: String, _ value: String, _ why: String) async throws {
        try await withFolder { folder in
            let (status, text) = try await ServeProcess.ended(
                database: folder.appending(path: "a.db"), [name: value])
            #expect(status == 1)
            for part in [name, "\"\(value)\"", why, "takes"] { #expect(text.contains(part), "\(text)") }
            #expect(!text.contains("Error("), "\(text)")
        }
    }

    @Test("a taken port is named, under the name that set it")
    func takenPort() async throws {
        try await withFolder { folder in
            try await SiteStage.run { _, port in
                let (status, text) = try await ServeProcess.ended(
                    database: folder.appending(path: "a.db"), ["CHANGEDETECTION_PORT": "", "PORT": "\(port)"])
                #expect(status == 1)
                #expect(text.contains("PORT can't be \"\(port)\": another program is using it"), "\(text)")
            }
        }
    }

    @Test("the limit of open files is raised to what the system allows")
    func openFiles() async throws {
        try await withFolder { folder in
            let serve = try await ServeProcess.start(
                database: folder.appending(path: "a.db"), through: "ulimit -S -n 256; exec \"$0\" serve")
            let limits = try String(contentsOfFile: "/proc/\(serve.process.processID)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            #expect(numbers.first == numbers.last.map { min($0, 1_048_576) }, "\(line)")
            #expect(try await serve.process.terminate() == 0)
        }
    }

    @Test("a demonstration deletes its own database and no other")
    func demonstration() async throws {
        try await withFolder { folder in
            let mine = folder.appending(path: "mine.db")
            let serve = try await ServeProcess.start(database: mine)
            let added = try await Stage.ask(serve.port, "POST", "/api/v1/watch", json: ["url": "https://example.org"])
            #expect(added.status == 201)
            let running = try await ServeProcess.ended(
                ["demo"], database: mine, ["DEMO_DATABASE_PATH": mine.path])
            #expect(running.status == 1 && running.text.contains("another process is using it"), "\(running.text)")
            #expect(try await serve.process.terminate() == 0)

            let stopped = try await ServeProcess.ended(
                ["demo"], database: mine, ["DEMO_DATABASE_PATH": mine.path])
            #expect(stopped.status == 1 && stopped.text.contains("DEMO_DATABASE_PATH"), "\(stopped.text)")
            let text = folder.appending(path: "letter.txt")
            try "Dear all".write(to: text, atomically: true, encoding: .utf8)
            let foreign = try await ServeProcess.ended(
                ["demo"], database: mine, ["DEMO_DATABASE_PATH": text.path])
            #expect(foreign.status == 1, "\(foreign.text)")
            #expect(try String(contentsOf: text, encoding: .utf8) == "Dear all")

            let again = try await ServeProcess.start(database: mine)
            #expect(try await Stage.ask(again.port, "GET", "/api/v1/watch").object.count == 1)
            #expect(try await again.process.terminate() == 0)

            let demo = folder.appending(path: "demo.db")
            for _ in 0..<2 {
                let show = try await ServeProcess.start(
                    database: mine, ["DEMO_DATABASE_PATH": demo.path, "MINIMUM_SECONDS_RECHECK_TIME": "3600"], ["demo"])
                #expect(try await show.process.terminate() == 0)
            }
        }
    }
}

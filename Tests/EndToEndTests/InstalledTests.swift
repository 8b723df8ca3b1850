import Foundation
import Testing

@testable import App

/// The program as `tools/install` lays it out, moved away from where it was installed.
@Suite("The installed program", .serialized)
struct InstalledTests {
    @Test(
        "starts from any folder with an empty environment, with its pages, scripts and libraries, wherever it is moved")
    func anywhere() async throws {
        try await withInstallation { installed, folder in
            let moved = folder.appending(path: "else where")
            try FileManager.default.moveItem(at: installed, to: moved)
            let program = moved.appending(path: "bin/turnstone").path
            try await expectOwnLibraries(program)

            let config = try await Self.run("/bin/sh", ["-c", #"cd / && exec "$0" config"#, program])
            #expect(config.contains("= \(moved.path)/share/turnstone/templates"), "\(config)")
            let process = try OutsideProcess(
                "/bin/sh", ["-c", #"cd "$1" && exec "$0" serve"#, program, folder.path],
                environment: ["CHANGEDETECTION_HOST": "127.0.0.1", "PORT": "0", "API_KEY": Stage.key], hearsErrors: true
            )
            var port: Int?
            while port == nil {
                let line = try await process.line()
                port = line.firstMatch(of: #/address=http://127\.0\.0\.1:(\d+)/#).flatMap { Int($0.1) }
            }
            for path in ["/", "/settings", "/readyz"] {
                let answer = try await Stage.ask(try #require(port), "GET", path)
                #expect(answer.status == 200, "\(path): \(answer.body)")
            }
            let page = try await Stage.ask(try #require(port), "GET", "/").body
            let assets = Set(page.matches(of: #/(?:href|src)="(/[^"]+\.(?:css|js)[^"]*)"/#).map { String($0.1) })
            #expect(
                assets.contains { $0.contains("socket.io") } && assets.contains { $0.contains(".css") }, "\(assets)")
            for asset in assets {
                let answer = try await Stage.ask(try #require(port), "GET", asset)
                #expect(answer.status == 200 && answer.body.count > 100, "\(asset)")
            }
            // Its helper lies beside it.
            let watch = try await Stage.ask(
                try #require(port), "POST", "/api/v1/watch",
                json: ["url": "https://example.org/", "include_filters": ["jq:.a"], "paused": true])
            #expect(watch.status == 201, "\(watch.body)")
            // The documented default is below the working directory, wherever the program is.
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "data/turnstone.db").path))
            #expect(try await process.terminate() == 0)
        }
    }

    @Test("without its templates it says where it looked and what to do")
    func withoutTemplates() async throws {
        try await withInstallation { installed, folder in
            let share = installed.appending(path: "share/turnstone")
            try FileManager.default.removeItem(at: share)
            let text = try await Self.run(
                "/bin/sh", ["-c", #"cd "$1" && exec "$0" serve"#, "\(installed.path)/bin/turnstone", folder.path],
                status: 1)
            for part in ["\(share.path)/templates", "\(folder.path)/templates", "TEMPLATES_PATH"] {
                #expect(text.contains(part), "\(text)")
            }
        }
    }

    @Test("its unit names the program in its place, and systemd finds nothing wrong with it")
    func unit() async throws {
        try await withInstallation { installed, _ in
            let unit = installed.appending(path: "lib/systemd/system/turnstone.service").path
            let text = try String(contentsOfFile: unit, encoding: .utf8)
            #expect(text.contains("\nExecStart=\(installed.path)/bin/turnstone serve\n"))
            #expect(!text.contains("@PREFIX@"))
            _ = try await Self.run("/usr/bin/systemd-analyze", ["verify", "--man=no", unit])
            // The scale goes from 0 (nothing can be reached) to 100.
            _ = try await Self.run(
                "/usr/bin/systemd-analyze", ["security", "--offline=yes", "--no-pager", "--threshold=20", unit])
        }
    }

    private func withInstallation(_ body: (_ installed: URL, _ folder: URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "installed-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let target = folder.appending(path: "prefix")
        let built = URL(filePath: ServeProcess.executable).deletingLastPathComponent()
        _ = try await Self.run(
            Stage.root.appending(path: "tools/install").path, [built.path, target.path, target.path],
            environment: ProcessInfo.processInfo.environment)
        try await body(target, folder)
    }

    /// All of Swift's libraries lie beside the program, and it would look for none of them in a toolchain.
    private func expectOwnLibraries(_ program: String) async throws {
        let loaded = try await Self.run(
            program, [], environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
        let swift = loaded.split(separator: "\n").filter { $0.contains("libswift") || $0.contains("libFoundation") }
        #expect(swift.count > 5, "\(loaded)")
        #expect(swift.allSatisfy { $0.contains("/else where/lib/turnstone/") }, "\(loaded)")
        #expect(!loaded.contains("not found") && !loaded.contains("/swift/linux/"), "\(loaded)")
    }

    /// Runs a program that ends by itself; returns what it says, and expects that it ends with `status`.
    private static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], status: Int32 = 0
    ) async throws -> String {
        let process = try OutsideProcess(program, arguments, environment: environment, hearsErrors: true)
        var lines: [String] = []
        while let line = try await process.lineOrEnd() { lines.append(line) }
        let text = lines.joined(separator: "\n")
        #expect(try await process.status() == status, "\(program): \(text)")
        return text
    }
}

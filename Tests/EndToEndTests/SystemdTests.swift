import Foundation
import TestSupport
import Testing

@testable import App

/// The real program under what systemd gives it, but without systemd.
@Suite("Under systemd", .serialized)
struct SystemdTests {
    @Test("the program says that it is ready when it can be asked, gives signs of life, and says that it stops")
    func reports() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "systemd-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let listener = try DatagramListener(folder.appending(path: "notify").path)
        let process = try OutsideProcess(
            ServeProcess.executable, ["serve"],
            environment: Stage.environment(database: folder.appending(path: "a.db")).merging([
                "NOTIFY_SOCKET": folder.appending(path: "notify").path, "WATCHDOG_USEC": "200000",
            ]) { $1 })
        var heard = listener.texts.makeAsyncIterator()
        let ready = try #require(await heard.next())
        let said = try #require(ready.firstMatch(of: #/^READY=1\nSTATUS=Listening on port (\d+)$/#), "\(ready)")
        let port = try #require(Int(said.1))
        #expect(try await Stage.ask(port, "GET", "/healthz").status == 200)
        var signs = 0
        while signs < 5 {
            let text = try #require(await heard.next())
            if text == "WATCHDOG=1" { signs += 1 }
            #expect(text == "WATCHDOG=1" || text.hasPrefix("STATUS="), "\(text)")
        }
        async let status = process.terminate()
        var last = try #require(await heard.next())
        while !last.hasPrefix("STOPPING=1") { last = try #require(await heard.next()) }
        #expect(try await status == 0)
    }
}

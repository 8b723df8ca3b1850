import Configuration
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import App

/// The report to systemd, on a real socket.
@Suite("The report to systemd")
struct SystemdReportTests {
    /// What is wrong, as a test decides.
    private final class Condition: Sendable {
        let standstill = Mutex<String?>(nil)
        let problems = Mutex<[String]>([])
    }

    private let clock = ManualClock()
    private let condition = Condition()

    /// Runs the report with a watchdog of ten seconds; `body` gets what systemd hears, and how to stop it.
    private func run(
        _ name: String, watchdog: Duration? = .seconds(10),
        _ body: (SystemdReport, inout AsyncStream<String>.Iterator, ServiceGroup) async throws -> Void
    ) async throws {
        let listener = try DatagramListener(name)
        let logger = Logger(label: "report") { _ in SwiftLogNoOpLogHandler() }
        let report = SystemdReport(
            SystemdSocket(name), watchdog: watchdog,
            questions: .init(
                standstill: { [condition] in condition.standstill.withLock { $0 } },
                problems: { [condition] in condition.problems.withLock { $0 } }),
            clock: clock, logger: logger)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [report], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var heard = listener.texts.makeAsyncIterator()
            do {
                try await body(report, &heard, group)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("ready is said once it listens, then signs of life at half of the watchdog's time, then that it stops")
    func life() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "notify-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await run(path) { report, heard, group in
            report.listens(on: 8080)
            #expect(await heard.next() == "READY=1\nSTATUS=Listening on port 8080")
            for _ in 0..<3 {
                #expect(await heard.next() == "WATCHDOG=1")
                #expect(await heard.next() == "STATUS=Listening on port 8080")
                await clock.sleepers(1)
                clock.advance(by: .seconds(5))
            }
            #expect(await heard.next() == "WATCHDOG=1")
            #expect(await heard.next() == "STATUS=Listening on port 8080")
            await group.triggerGracefulShutdown()
            #expect(await heard.next()?.hasPrefix("STOPPING=1\nSTATUS=") == true)
        }
    }

    @Test("a program that hangs gives no sign of life, and gives one soon when it works again")
    func hangs() async throws {
        condition.standstill.withLock { $0 = "the scheduler sleeps" }
        condition.problems.withLock { $0 = ["scheduler: it sleeps\nlong", "queue: it waits"] }
        try await run("@turnstone-\(UUID())") { report, heard, _ in
            report.listens(on: 1)
            #expect(await heard.next()?.hasPrefix("READY=1") == true)
            for _ in 0..<12 {
                #expect(await heard.next() == "STATUS=Not ready: scheduler: it sleeps long; queue: it waits")
                await clock.sleepers(1)
                clock.advance(by: .seconds(1))
            }
            #expect(await heard.next()?.hasPrefix("STATUS=Not ready") == true)
            await clock.sleepers(1)
            condition.standstill.withLock { $0 = nil }
            clock.advance(by: .seconds(1))
            #expect(await heard.next() == "WATCHDOG=1")
        }
    }

    @Test("what a new start does not cure is told, and costs no sign of life")
    func problems() async throws {
        condition.problems.withLock { $0 = ["store: the disk is full"] }
        try await run("@turnstone-\(UUID())") { report, heard, _ in
            report.listens(on: 1)
            #expect(await heard.next()?.hasPrefix("READY=1") == true)
            #expect(await heard.next() == "WATCHDOG=1")
            #expect(await heard.next() == "STATUS=Not ready: store: the disk is full")
        }
    }

    @Test("without a watchdog only the status is told")
    func status() async throws {
        try await run("@turnstone-\(UUID())", watchdog: nil) { report, heard, _ in
            report.listens(on: 1)
            #expect(await heard.next()?.hasPrefix("READY=1") == true)
            for _ in 0..<2 {
                #expect(await heard.next() == "STATUS=Listening on port 1")
                await clock.sleepers(1)
                clock.advance(by: .seconds(30))
            }
        }
    }

    @Test("a program that stops before it listens says that it stops")
    func early() async throws {
        try await run("@turnstone-\(UUID())") { _, heard, group in
            await group.triggerGracefulShutdown()
            #expect(await heard.next()?.hasPrefix("STOPPING=1") == true)
        }
    }

    @Test("a socket that nobody reads is an error of the socket, not of the program")
    func nobody() {
        let error = #expect(throws: SystemdSocket.Failure.self) {
            try SystemdSocket("/nowhere/notify")?.send(["READY=1"])
        }
        #expect(error?.code == ENOENT && error?.isFull == false)
    }

    @Test(
        "names that are no sockets are refused",
        arguments: ["", "/", "@", "notify", "/" + String(repeating: "a", count: 107)])
    func names(name: String) {
        #expect(SystemdSocket(name) == nil)
    }

    @Test("the watchdog of another process is not ours")
    func watchdogs() throws {
        func read(_ environment: [String: String]) throws -> App.Configuration {
            try App.Configuration(from: EnvironmentVariablesProvider(environmentVariables: environment))
        }
        #expect(try read([:]).watchdog == nil)
        #expect(try read([:]).systemdSocket == nil)
        #expect(try read(["WATCHDOG_USEC": "1500000"]).watchdog == .milliseconds(1500))
        #expect(try read(["WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "\(getpid())"]).watchdog != nil)
        #expect(try read(["WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"]).watchdog == nil)
        #expect(try read(["NOTIFY_SOCKET": "@systemd"]).systemdSocket?.name == "@systemd")
        let error = #expect(throws: ConfigurationError.self) { try read(["NOTIFY_SOCKET": "systemd"]) }
        #expect(error?.variable == "NOTIFY_SOCKET")
    }
}

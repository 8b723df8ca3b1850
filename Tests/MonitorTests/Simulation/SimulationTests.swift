import Foundation
import Storage
import TestSupport
import Testing

@testable import Monitor

/// Days and weeks of a world on a manual clock; see `World`. `SOAK_SECONDS` makes it go on for that long, with a world
/// of another size each time; `SOAK_SEED` runs the one of that seed again.
@Suite("A simulated world")
struct SimulationTests {
    private func world(_ seed: UInt64, _ size: World.Size) async throws {
        let (folder, start) = (FileManager.default.temporaryDirectory.appending(path: "world-\(UUID())"), Date())
        defer { try? FileManager.default.removeItem(at: folder) }
        print("seed \(seed): \(size.hosts) hosts, \(size.sick) % of them sick, \(size.days) days")
        let store = try Store.open(at: folder.appending(path: "test.db").path)
        let world = try await World(seed: seed, size: size, store: store)
        try await world.run()
        try store.close()
        let (late, took) = (Int(world.worstLateness), Int(Date().timeIntervalSince(start)))
        print("seed \(seed): \(world.checks) checks, a healthy host late by \(late) s at most; it took \(took) s")
        let (count, first) = (world.broken.count, world.broken.prefix(8).joined(separator: "\n"))
        #expect(count == 0, "seed \(seed):\n\(first)")
    }

    @Test("every watch is checked within its interval and a bound, whatever other hosts, people and the clock do")
    func days() async throws {
        try await world(.random(in: 0...UInt64.max), World.Size())
    }

    @Test("a world most of which does not answer keeps nobody from the rest")
    func black() async throws {
        var size = World.Size()
        size.sick = 85
        size.days = 0.6
        size.intervals = 600...14_400
        try await world(.random(in: 0...UInt64.max), size)
    }

    @Test("intervals of seconds are kept too, over restarts that spread what is overdue")
    func seconds() async throws {
        var size = World.Size()
        size.hosts = 30
        size.days = 0.05
        size.intervals = 10...300
        (size.edits, size.restarts, size.clockSteps) = (300, 60, 40)
        try await world(.random(in: 0...UInt64.max), size)
    }

    @Test("of a thousand hosts over weeks nobody is forgotten")
    func weeks() async throws {
        var size = World.Size()
        size.hosts = 1000
        size.watchesPerHost = 1...2
        size.inFlight = 60
        size.days = 14
        size.intervals = 172_800...864_000
        (size.edits, size.restarts, size.clockSteps, size.tick) = (20, 0.3, 0.2, 900)
        try await world(.random(in: 0...UInt64.max), size)
    }

    @Test("for as long as is wished", .enabled(if: ProcessInfo.processInfo.environment["SOAK_SECONDS"] != nil))
    func soak() async throws {
        let seconds = Double(ProcessInfo.processInfo.environment["SOAK_SECONDS"] ?? "") ?? 0
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end { try await grown(.random(in: 0...UInt64.max)) }
    }

    @Test("again", .enabled(if: ProcessInfo.processInfo.environment["SOAK_SEED"] != nil))
    func again() async throws {
        try await grown(try #require(UInt64(ProcessInfo.processInfo.environment["SOAK_SEED"] ?? "")))
    }

    /// A world whose size follows from its seed.
    private func grown(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var size = World.Size()
        size.sick = .random(in: 0...90, using: &random)
        size.hosts = .random(in: 100...3000, using: &random)
        size.inFlight = .random(in: max(10, size.hosts / 20)...400, using: &random)
        let isBrief = Bool.random(using: &random)
        size.days = isBrief ? .random(in: 0.05...0.2, using: &random) : .random(in: 2...30, using: &random)
        if isBrief {
            size.hosts /= 10
            size.intervals = 10...3600
            (size.edits, size.restarts, size.clockSteps) = (500, 40, 20)
        }
        try await world(seed, size)
    }
}

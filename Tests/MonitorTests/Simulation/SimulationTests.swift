import Foundation
import Storage
import TestSupport
import Testing

@testable import Monitor

/// Weeks of a world on a manual clock; see `World`. `SOAK_SECONDS` makes it go on for that long, larger each time.
@Suite("A simulated world")
struct SimulationTests {
    private func world(_ seed: UInt64, _ size: World.Size) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "world-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(at: folder.appending(path: "test.db").path)
        let world = try await World(seed: seed, size: size, store: store)
        try await world.run()
        try store.close()
        print(
            "seed \(seed): \(size.hosts) hosts, \(Int(size.days)) days, \(world.checks) checks, worst lateness of a healthy host \(Int(world.worstLateness)) s"
        )
        let (count, first) = (world.broken.count, world.broken.prefix(8).joined(separator: "\n"))
        #expect(count == 0, "seed \(seed):\n\(first)")
    }

    @Test("every watch is checked within its interval and a bound, whatever other hosts, people and the clock do")
    func weeks() async throws {
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

    @Test("for as long as is wished", .enabled(if: ProcessInfo.processInfo.environment["SOAK_SECONDS"] != nil))
    func soak() async throws {
        let seconds = Double(ProcessInfo.processInfo.environment["SOAK_SECONDS"] ?? "") ?? 0
        let end = ContinuousClock.now + .seconds(seconds)
        var size = World.Size()
        while ContinuousClock.now < end {
            size.sick = .random(in: 0...90)
            size.hosts = .random(in: 100...3000)
            size.inFlight = .random(in: max(10, size.hosts / 20)...400)
            size.days = .random(in: 2...30)
            try await world(.random(in: 0...UInt64.max), size)
        }
    }
}

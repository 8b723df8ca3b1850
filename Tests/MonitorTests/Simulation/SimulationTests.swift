import Foundation
import Storage
import TestSupport
import Testing

@testable import Monitor

/// Days and weeks of a world on a manual clock; see `World`. `SOAK_SECONDS` makes it go on for that long, with a world
/// of another size each time; `SOAK_SEED='black 17'` runs the one of that kind and seed again.
@Suite("A simulated world")
struct SimulationTests {
    private func world(_ kind: Kind, _ seed: UInt64) async throws {
        let size = Self.size(kind, seed)
        let (folder, start) = (FileManager.default.temporaryDirectory.appending(path: "world-\(UUID())"), Date())
        defer { try? FileManager.default.removeItem(at: folder) }
        print("seed \(kind) \(seed): \(size.hosts) hosts, \(size.sick) % of them sick, \(size.days) days")
        let store = try Store.open(at: folder.appending(path: "test.db").path)
        let world = try await World(seed: seed, size: size, store: store)
        try await world.run()
        try store.close()
        let (late, took) = (Int(world.worstLateness), Int(Date().timeIntervalSince(start)))
        print(
            "seed \(kind) \(seed): \(world.checks) checks, a healthy host late by \(late) s at most; it took \(took) s")
        let (count, first) = (world.broken.count, world.broken.prefix(8).joined(separator: "\n"))
        #expect(count == 0, "seed \(kind) \(seed):\n\(first)")
    }

    /// Kinds of worlds; the size of a soak's follows from its seed.
    private enum Kind: String {
        case days, black, seconds, weeks, soak
    }

    @Test("every watch is checked within its interval and a bound, whatever other hosts, people and the clock do")
    func days() async throws { try await world(.days, .random(in: 0...UInt64.max)) }

    @Test("a world most of which does not answer keeps nobody from the rest")
    func black() async throws { try await world(.black, .random(in: 0...UInt64.max)) }

    @Test("intervals of seconds are kept too, over restarts that spread what is overdue")
    func seconds() async throws { try await world(.seconds, .random(in: 0...UInt64.max)) }

    @Test("of a thousand hosts over weeks nobody is forgotten")
    func weeks() async throws { try await world(.weeks, .random(in: 0...UInt64.max)) }

    private static let environment = ProcessInfo.processInfo.environment

    @Test("for as long as is wished", .enabled(if: environment["SOAK_SECONDS"] != nil))
    func soak() async throws {
        let end = ContinuousClock.now + .seconds(try #require(Double(Self.environment["SOAK_SECONDS"] ?? "")))
        while ContinuousClock.now < end { try await world(.soak, .random(in: 0...UInt64.max)) }
    }

    @Test("again", .enabled(if: environment["SOAK_SEED"] != nil))
    func again() async throws {
        let words = (Self.environment["SOAK_SEED"] ?? "").split(separator: " ").map(String.init)
        let kind = try #require(words.first.flatMap(Kind.init), "such as SOAK_SEED='black 17'")
        try await world(kind, try #require(words.last.flatMap(UInt64.init)))
    }

    private static func size(_ kind: Kind, _ seed: UInt64) -> World.Size {
        var size = World.Size()
        switch kind {
        case .days: break
        case .black:
            size.sick = 85
            size.days = 0.6
            size.intervals = 600...14_400
        case .seconds:
            size.hosts = 30
            size.days = 0.05
            size.intervals = 10...300
            (size.edits, size.restarts, size.clockSteps) = (300, 60, 40)
        case .weeks:
            size.hosts = 1000
            size.watchesPerHost = 1...2
            size.inFlight = 60
            size.days = 14
            size.intervals = 172_800...864_000
            (size.edits, size.restarts, size.clockSteps, size.tick) = (20, 0.3, 0.2, 900)
        case .soak: grow(&size, seed)
        }
        return size
    }

    private static func grow(_ size: inout World.Size, _ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        size.sick = .random(in: 0...90, using: &random)
        size.hosts = .random(in: 100...3000, using: &random)
        size.inFlight = .random(in: max(10, size.hosts / 20)...400, using: &random)
        let isBrief = Bool.random(using: &random)
        size.days = isBrief ? .random(in: 0.05...0.2, using: &random) : .random(in: 2...30, using: &random)
        guard isBrief else { return }
        size.hosts /= 10
        size.intervals = 10...3600
        (size.edits, size.restarts, size.clockSteps) = (500, 40, 20)
    }
}

import Domain
import Synchronization
import TestSupport
import Testing

@testable import Monitor

@Suite("Memory after large pages", .timeLimit(.minutes(1)))
struct IdleReleaseTests {
    private final class Scene: Sendable {
        let bus = SignalBus()
        let clock = ManualClock()
        let resident = Mutex(100 << 20)
        let trims: AsyncStream<Void>
        private let trimmed: AsyncStream<Void>.Continuation
        let count = Mutex(0)

        init() {
            (trims, trimmed) = AsyncStream.makeStream(of: Void.self)
        }

        func release() -> IdleRelease {
            IdleRelease(
                bus: bus, clock: clock, residentBytes: { self.resident.withLock { $0 } },
                trim: {
                    self.resident.withLock { $0 = 100 << 20 }
                    self.count.withLock { $0 += 1 }
                    self.trimmed.yield()
                })
        }
    }

    private func run(_ body: (Scene) async -> Void) async {
        let scene = Scene()
        let release = scene.release()
        let listening = release.listen()
        let running = Task { await release.run() }
        await body(scene)
        running.cancel()
        await running.value
        listening.cancel()
    }

    @Test("is given back when no check runs any more, and not again before half a minute")
    func released() async {
        await run { scene in
            scene.resident.withLock { $0 += 64 << 20 }
            scene.bus.publish(.running(1))
            scene.bus.publish(.running(0))
            await scene.clock.sleepers(1)
            scene.clock.advance(by: IdleRelease.quiet)
            for await _ in scene.trims { break }
            await scene.clock.sleepers(1)
            scene.resident.withLock { $0 += 64 << 20 }
            scene.bus.publish(.running(0))
            scene.clock.advance(by: IdleRelease.distance - .seconds(1))
            #expect(scene.count.withLock { $0 } == 1)
            scene.clock.advance(by: .seconds(1))
            await scene.clock.sleepers(1)
            scene.clock.advance(by: IdleRelease.quiet)
            for await _ in scene.trims { break }
            #expect(scene.count.withLock { $0 } == 2)
        }
    }

    @Test("is kept while checks run, and where it is little", arguments: [(64 << 20, 1), (16 << 20, 0)])
    func kept(growth: Int, running: Int) async {
        await run { scene in
            scene.resident.withLock { $0 += growth }
            scene.bus.publish(.running(0))
            await scene.clock.sleepers(1)
            // Looked at only after this one has been.
            scene.bus.publish(.running(0))
            scene.bus.publish(.running(running))
            scene.clock.advance(by: IdleRelease.quiet)
            await scene.clock.sleepers(1)
            #expect(scene.count.withLock { $0 } == 0)
        }
    }
}

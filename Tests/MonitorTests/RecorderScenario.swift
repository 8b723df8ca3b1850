import Domain
import Foundation
import Storage
import StoreTestKit
import Synchronization
import TestSupport
import Testing

@testable import Monitor

/// What a recorder is put through, and what must be true afterwards: with a sound disk, and with one that fails
/// anywhere once.
struct RecorderScenario: Sendable, CustomTestStringConvertible {
    let name: String
    let options: Recorder.Options
    let run: @Sendable (RecorderScene) async throws -> Void

    var testDescription: String { name }

    private init(
        _ name: String, options: Recorder.Options = .init(),
        _ run: @escaping @Sendable (RecorderScene) async throws -> Void
    ) {
        self.name = name
        self.options = options
        self.run = run
    }

    static let all = [
        batch, locked, lockedForGood, full, unstorable, utterlyUnstorable, holdsFirst, wakesScheduler, superseded,
        texts,
    ]
}

extension RecorderScenario {
    static let batch = RecorderScenario(
        "outcomes that arrive together share a commit, and are announced when they are rows"
    ) { scene in
        let watches = try await scene.add(20)
        for watch in watches { try await scene.record(watch) }
        if scene.isCalm {
            #expect(try await scene.store.totals().failing == 0, "nothing is stored before the batch is")
            #expect(scene.queue.counts.running == 20)
        }
        await scene.letLinger()
        var seen: [WatchID] = []
        for await (watch, change) in scene.endings {
            #expect(change == .failed(CheckFailure(.noText)))
            #expect(try await scene.undisturbed { try await scene.store.watch(watch)?.state.checkCount } == 1)
            seen.append(watch)
            if seen.count == 20 { break }
        }
        #expect(seen == watches)
        await scene.flush()
        #expect(scene.queue.counts.running == 0)
        #expect(await scene.recorder.recordedCount == 20)
    }

    static let locked = RecorderScenario(
        "while the store is locked the batch waits and nothing is announced; then it is tried again and is whole"
    ) { scene in
        let watches = try await scene.add(3)
        let outsider = try scene.outsider()
        try outsider.lock()
        for watch in watches { try await scene.record(watch) }
        await scene.letLinger()
        await scene.untilRefused()
        if scene.isCalm { #expect(await scene.recorder.trouble == StoreError.locked.description) }
        #expect(scene.queue.counts.running == 3, "the claims are held")
        try outsider.unlock()
        scene.pass(.seconds(1))
        var left = Set(watches)
        for await (watch, _) in scene.endings {
            left.remove(watch)
            if left.isEmpty { break }
        }
        await scene.flush()
        #expect(await scene.recorder.trouble == nil)
        #expect(scene.queue.counts.pair == (0, 0))
    }

    static let lockedForGood = RecorderScenario(
        "a store that stays locked does not hold up stopping; what is lost was not announced and is still due"
    ) { scene in
        let watch = try await scene.add(1)[0]
        let outsider = try scene.outsider()
        try outsider.lock()
        try await scene.record(watch)
        await scene.letLinger()
        await scene.untilRefused()
        let flush = Task { await scene.recorder.flush(within: .milliseconds(100)) }
        if scene.isCalm { await scene.clock.sleepers(2) }
        scene.pass(.milliseconds(100))
        await flush.value
        try outsider.unlock()
        #expect(await scene.recorder.lostCount == 1)
        let due = try await scene.undisturbed { try await scene.store.due(at: RecorderScene.now, limit: 9) }
        #expect(due.map(\.id) == [watch])
    }

    static let full = RecorderScenario(
        "whoever brings too many while the store is locked waits, and can be stopped there", options: small
    ) { scene in
        let watches = try await scene.add(4)
        let outsider = try scene.outsider()
        try outsider.lock()
        // The first is under way, two more wait, and there is no room for the fourth.
        try await scene.record(watches[0])
        await scene.untilRefused()
        for watch in watches[1...2] { try await scene.record(watch) }
        let (claim, job) = try await scene.claim(watches[3])
        let late = Task { try await scene.recorder.record(scene.outcome(job), claim: claim) }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(await scene.recorder.lostCount == 1)
        try outsider.unlock()
        scene.pass(.seconds(1))
        await scene.flush()
        #expect(await scene.recorder.recordedCount == 3)
    }

    static let unstorable = RecorderScenario(
        "an outcome that cannot be stored holds up no other: it is told as a failure of ours"
    ) { scene in
        let watches = try await scene.add(3)
        // Refuses what the check found, as a damaged page of the file would, and takes the failure.
        try scene.outsider().execute(
            """
            CREATE TRIGGER refused BEFORE INSERT ON check_record WHEN NEW.watch = 2 AND NEW.failure = 'no_text'
            BEGIN SELECT RAISE(ABORT, 'not this one'); END
            """)
        for watch in watches { try await scene.record(watch) }
        await scene.letLinger()
        await scene.flush()
        let states = try await scene.undisturbed { try await scene.store.rows(watches).map { $0.lastFailure?.code } }
        #expect(states == [.noText, .internalError, .noText])
        #expect(scene.queue.counts.pair == (0, 0))
    }

    static let utterlyUnstorable = RecorderScenario(
        "when not even the failure can be stored, its claim ends, the others are stored, and the watch stays due"
    ) { scene in
        let watches = try await scene.add(3)
        try scene.outsider().execute(
            """
            CREATE TRIGGER refused BEFORE INSERT ON check_record WHEN NEW.watch = 2
            BEGIN SELECT RAISE(ABORT, 'not this one'); END
            """)
        for watch in watches { try await scene.record(watch) }
        await scene.letLinger()
        await scene.flush()
        #expect(scene.queue.counts.pair == (0, 0))
        #expect(await scene.recorder.recordedCount == 2)
        let due = try await scene.undisturbed { try await scene.store.due(at: RecorderScene.now, limit: 9) }
        #expect(due.map(\.id) == [watches[1]])
    }

    static let holdsFirst = RecorderScenario("what a host says counts before it may be asked again") { scene in
        let watch = try await scene.add(1)[0]
        let (claim, job) = try await scene.claim(watch, host: "example.org:443")
        var outcome = scene.outcome(job, .failed(CheckFailure(.rateLimited, "429")))
        outcome.retryAfter = RecorderScene.now + 600
        try await scene.recorder.record(outcome, claim: claim)
        #expect(scene.holds.hold(of: "example.org:443", now: RecorderScene.now) == RecorderScene.now + 600)
        await scene.letLinger()
        await scene.flush()
        let due = try await scene.undisturbed { try await scene.store.watch(watch)?.state.nextDue }
        #expect(try #require(due) >= RecorderScene.now + 600)
    }

    static let wakesScheduler = RecorderScenario(
        "a check that took longer than its interval makes the scheduler look back, one that is due later does not"
    ) { scene in
        let watches = try await scene.add(2)
        try await scene.record(watches[0])
        await scene.letLinger()
        await scene.flush()
        #expect(scene.woken.moments.withLock { $0 }.isEmpty)
        let long = Settings().timeBetweenCheck.totalSeconds + 100
        let start = RecorderScene.now - Double(long)
        try await scene.record(watches[1], startedAt: start)
        await scene.letLinger()
        await scene.flush()
        let due = try await scene.undisturbed { try await scene.store.watch(watches[1])?.state.nextDue }
        #expect(scene.woken.moments.withLock { $0 } == [due])
    }

    static let superseded = RecorderScenario(
        "a check whose watch was edited meanwhile makes the scheduler look back to its start"
    ) { scene in
        let watch = try await scene.add(1)[0]
        let (claim, job) = try await scene.claim(watch)
        _ = try await scene.undisturbed {
            try await scene.store.update(watch, now: RecorderScene.now) { $0.url += "new" }
        }
        try await scene.recorder.record(scene.outcome(job), claim: claim)
        await scene.letLinger()
        await scene.flush()
        #expect(scene.woken.moments.withLock { $0 } == [RecorderScene.now])
    }

    static let texts = RecorderScenario("texts, as wholes and as deltas, are kept with the checks that found them") {
        scene in
        let watches = try await scene.add(2)
        for round in 0..<3 {
            for watch in watches {
                let (claim, job) = try await scene.claim(watch)
                let text = (0..<200).map { "line \($0) of \($0 % 50 == round ? round : 0)\n" }.joined()
                let outcome = scene.outcome(job, startedAt: RecorderScene.now + Double(round), .text(text))
                try await scene.recorder.record(outcome, claim: claim)
            }
            await scene.letLinger()
            await scene.flush()
        }
        let rows = try await scene.undisturbed { try await scene.store.rows(watches) }
        #expect(rows.map(\.historyCount) == [3, 3])
    }

    /// A recorder that is full with little.
    private static var small: Recorder.Options {
        var options = Recorder.Options()
        options.most = 2
        options.batch = 1
        return options
    }
}

extension CheckOutcome.Result {
    fileprivate static func text(_ text: String) -> Self {
        let bytes = Array(text.utf8)
        let checksum = Checksum(bytes: bytes.suffix(16).map { $0 })
        return .verdict(Verdict(decision: .changed(text: bytes), pageChecksum: checksum, textChecksum: checksum))
    }
}

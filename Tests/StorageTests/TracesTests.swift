import Domain
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("Traces that are kept")
struct TracesTests {
    private static let steps = [
        TraceStep(.read, linesAfter: 3, microseconds: 12, note: "as HTML"),
        TraceStep(
            .trigger, microseconds: 5, note: "no line matches the trigger text", rules: [TraceRule("/a\"b\\c/i")],
            rulesLeftOut: 2, stops: true),
    ]

    private func outcome(
        _ watch: WatchID, at seconds: Double, _ text: String = "x", revision: Int64 = 1, blocked: Bool = false,
        _ change: (inout Verdict) -> Void = { _ in }
    ) -> CheckOutcome {
        let bytes = Array(text.utf8)
        var verdict = Verdict(
            decision: blocked ? .blocked(text: bytes) : .changed(text: bytes),
            pageChecksum: Checksum(bytes: bytes), textChecksum: blocked ? nil : Checksum(bytes: bytes))
        change(&verdict)
        var outcome = CheckOutcome(
            watch: watch, revision: revision, startedAt: .at(seconds), duration: .milliseconds(20), status: 200,
            byteCount: 5_120, contentType: "text/html", result: .verdict(verdict))
        outcome.trace = Self.steps
        return outcome
    }

    private func same(_ watch: WatchID, at seconds: Double, status: Int = 200) -> CheckOutcome {
        let result: CheckOutcome.Result =
            status == 304
            ? .notModified : .verdict(Verdict(decision: .sameBytes, pageChecksum: Checksum(bytes: Array("x".utf8))))
        return CheckOutcome(
            watch: watch, revision: 1, startedAt: .at(seconds), duration: .milliseconds(2), status: status,
            byteCount: 5_120, result: result)
    }

    @Test("steps come back as they were, whatever their rules and lines contain, for random steps")
    func coding() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let texts = ["", "\"", "\\", "\n\u{1}", "日本", "a\u{301}", "/x/i", "[1,2]"]
        for _ in 0..<300 {
            let steps = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                TraceStep(
                    TraceStep.Kind.allCases.randomElement(using: &random) ?? .read,
                    linesBefore: .random(in: 0...9, using: &random), linesAfter: .random(in: 0...9, using: &random),
                    microseconds: .random(in: 0...99, using: &random),
                    note: Bool.random(using: &random) ? texts.randomElement(using: &random) : nil,
                    rules: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                        TraceRule(
                            texts.randomElement(using: &random) ?? "", matches: .random(in: 0...3, using: &random),
                            line: Bool.random(using: &random) ? .random(in: 1...9, using: &random) : nil,
                            sample: Bool.random(using: &random) ? texts.randomElement(using: &random) : nil,
                            holds: Bool.random(using: &random) ? .random(using: &random) : nil)
                    }, rulesLeftOut: .random(in: 0...2, using: &random), stops: .random(using: &random))
            }
            #expect(TraceCoding.steps(TraceCoding.text(steps)) == steps, "seed \(seed)")
        }
        #expect(TraceCoding.text([]) == nil)
    }

    @Test(
        "what another version or a damaged database has left is no trace, not an error",
        arguments: ["", "{", "{}", "[1]", "[[]]", "[[999,0,0,0]]", #"[{"n":"read"}]"#, #"[["3",0,0,0]]"#])
    func damaged(_ text: String) {
        #expect(TraceCoding.steps(text).isEmpty)
    }

    @Test("a version keeps the trace of its check, beyond the check's own record, with its fetch")
    func versions() async throws {
        var options = StoreOptions()
        options.checksKept = 1
        let fixture = try Fixture(options)
        let watch = try await fixture.add().id
        let first = try await fixture.store.record(outcome(watch, at: 1, "a"))
        let second = try await fixture.store.record(outcome(watch, at: 2, "b"))
        _ = try await fixture.store.record(outcome(watch, at: 3, "c"))
        let (firstVersion, secondVersion) = (try #require(first.version), try #require(second.version))
        let one = try #require(try await fixture.store.trace(of: watch, version: firstVersion))
        #expect(one.result == .first)
        #expect(one.steps.map(\.kind) == [.fetched, .read, .trigger, .first])
        #expect(one.steps.first?.note == "status 200, 5.1 kB")
        #expect(one.startedAt == .at(1))
        let two = try #require(try await fixture.store.trace(of: watch, version: secondVersion))
        #expect(two.result == .changed)
        #expect(Array(two.steps.dropFirst()) == Self.steps)
        #expect(try await fixture.store.trace(of: watch, version: SnapshotVersion(5)) == nil)
        let newest = try #require(try await fixture.store.traces(of: watch, limit: 9).first)
        #expect(newest.number == 3)
        #expect(newest.version != nil)
        #expect(newest.steps.map(\.kind) == [.fetched, .read, .trigger])
    }

    @Test("checks that read nothing keep nothing, and say since when nothing was read")
    func unread() async throws {
        var options = StoreOptions()
        options.checksKept = 2
        let fixture = try Fixture(options)
        let watch = try await fixture.add().id
        _ = try await fixture.store.record(outcome(watch, at: 1))
        for second in 2...6 { _ = try await fixture.store.record(same(watch, at: Double(second))) }
        _ = try await fixture.store.record(same(watch, at: 7, status: 304))
        let traces = try await fixture.store.traces(of: watch, limit: 9)
        #expect(traces.map(\.number) == [7, 6, 1])
        #expect(traces.map(\.unreadSince) == [.at(1), .at(1), nil])
        #expect(traces.map { $0.steps.last?.kind } == [.notModified, .sameBytes, .first])
        #expect(try await fixture.store.trace(of: watch, check: 6)?.steps.last?.kind == .sameBytes)
        #expect(try await fixture.store.trace(of: watch, check: 5) == nil)
        // The next reading takes the place of the one that was held.
        _ = try await fixture.store.record(outcome(watch, at: 8, "y"))
        let older = try await fixture.store.traces(of: watch, limit: 9)
        #expect(older.map(\.number) == [8, 7])
        #expect(older.last?.unreadSince == nil)
        _ = try await fixture.store.record(same(watch, at: 9))
        #expect(try await fixture.store.traces(of: watch, limit: 1).first?.unreadSince == .at(8))
        _ = try await fixture.store.clearHistory(watch, now: .at(10))
        #expect(try await fixture.store.traces(of: watch, limit: 9).isEmpty)
    }

    @Test("an older check that read nothing says since when, as long as the reading's record is there")
    func olderUnread() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        for (second, text) in [(1.0, "x"), (3, "y"), (6, "z")] {
            _ = try await fixture.store.record(outcome(watch, at: second, text))
            _ = try await fixture.store.record(same(watch, at: second + 1))
            _ = try await fixture.store.record(.failed(watch, at: second + 1.5, CheckFailure(.timeout, "30")))
        }
        let unread = try await fixture.store.traces(of: watch, limit: 9).filter { $0.steps.last?.kind == .sameBytes }
        #expect(unread.map(\.unreadSince) == [.at(6), .at(3), .at(1)])
    }

    @Test("what only the store knows ends the trace: no new line, a text that is there already, an edit meanwhile")
    func ends() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        func last() async throws -> TraceStep? {
            try await fixture.store.traces(of: watch, limit: 1).first?.steps.last
        }
        _ = try await fixture.store.record(outcome(watch, at: 1, "a\nb"))
        _ = try await fixture.store.record(outcome(watch, at: 2, "b\na") { $0.wantsUniqueLines = true })
        #expect(try await last()?.kind == .uniqueLines)
        #expect(try await last()?.stops == true)
        _ = try await fixture.store.record(outcome(watch, at: 3, "b\nc") { $0.wantsUniqueLines = true })
        #expect(try await last()?.note == "it has a line that was never seen before")
        _ = try await fixture.store.record(outcome(watch, at: 4, "b\nc"))
        #expect(try await last()?.kind == .knownText)
        _ = try await fixture.store.record(outcome(watch, at: 5, "z", revision: 0))
        #expect(try await last()?.kind == .superseded)
        let verdict = try await fixture.store.traces(of: watch, limit: 1).first?.verdict
        #expect(verdict?.contains("edited while the check ran") == true)
        // A check that counts for nothing is none that read the page last.
        _ = try await fixture.store.record(same(watch, at: 6))
        #expect(try await fixture.store.traces(of: watch, limit: 1).first?.unreadSince == .at(4))
    }

    @Test("a failure keeps the steps up to it, and its sentence comes from the record")
    func failures() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        var failed = CheckOutcome.failed(watch, at: 1, CheckFailure(.noFilterMatch, "#price"))
        failed.trace = [TraceStep(.read), TraceStep(.included, rules: [TraceRule("#price")], stops: true)]
        _ = try await fixture.store.record(failed)
        let trace = try #require(try await fixture.store.traces(of: watch, limit: 1).first)
        #expect(trace.result == .failed)
        #expect(trace.steps.map(\.kind) == [.read, .included])
        #expect(trace.steps.last?.note == "No filter matches anything on the page: #price")
    }

    @Test("the body of a first version that is held back is kept; that of a later one is not")
    func blocked() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        func held(_ seconds: Double, _ text: String) -> CheckOutcome {
            var outcome = outcome(watch, at: seconds, text, blocked: true)
            outcome.body = Array("<p>\(text)".utf8)
            return outcome
        }
        let first = try #require(try await fixture.store.record(held(1, "one")).version)
        #expect(try await fixture.store.record(held(2, "two")).version == nil)
        #expect(try await fixture.store.body(of: watch, version: first)?.bytes == Array("<p>one".utf8))
        #expect(try await fixture.store.keptPages(of: watch) == [first])
        #expect(try await fixture.store.trace(of: watch, version: first)?.result == .first)
    }
}

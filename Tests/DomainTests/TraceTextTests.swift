import Domain
import Foundation
import Testing

@Suite("What a trace quotes and says")
struct TraceTextTests {
    @Test(
        "logins in addresses and values behind words for secrets are not quoted",
        arguments: [
            ("see https://eve:hunter2@example.org/a and more", "see https://…@example.org/a and more"),
            ("https://example.org/@eve is a page", "https://example.org/@eve is a page"),
            ("mail eve@example.org", "mail eve@example.org"), ("https://a@b@example.org", "https://…@example.org"),
            ("/x?api_key=abc123&q=1", "/x?api_key=…&q=1"), ("Password: hunter2", "Password: …"),
            ("\"access_token\": \"abc\", \"n\": 1", "\"access_token\": \"…\", \"n\": 1"),
            ("Authorization: Bearer abc def", "Authorization: …"), ("Set-Cookie: a=b; Path=/", "Set-Cookie: …"),
            ("the secret of the token", "the secret of the token"), ("password=", "password="),
            ("a\u{1B}[31m\tb\u{0}c", "a [31m b c"),
        ])
    func secrets(_ text: String, _ expected: String) {
        #expect(TraceText.sample(Array(text.utf8)) == expected)
    }

    @Test("a rule is quoted as typed, but for a login in it")
    func rules() {
        #expect(TraceText.rule("/password: \\d+/i") == "/password: \\d+/i")
        #expect(TraceText.rule("https://u:p@example.org") == "https://…@example.org")
    }

    @Test("what is long is cut and says so, at whole characters", arguments: ["a", "é", "日", "🪨"])
    func cut(_ character: String) {
        let long = String(repeating: character, count: 5000)
        #expect(TraceText.rule(long) == String(repeating: character, count: TraceText.ruleLength) + "…")
        #expect(TraceText.sample(Array(long.utf8)) == String(repeating: character, count: TraceText.sampleLength) + "…")
        let whole = String(repeating: character, count: TraceText.ruleLength)
        #expect(TraceText.rule(whole) == whole)
    }

    private static let moment = Date(timeIntervalSince1970: 1_700_000_000)

    private func record(_ result: CheckResult, status: Int? = 200, _ failure: CheckFailure? = nil) -> CheckRecord {
        CheckRecord(
            startedAt: Self.moment, duration: .milliseconds(20), status: status, byteCount: 5_120, result: result,
            failure: failure)
    }

    @Test("a check that read nothing says what it found without having kept a step")
    func unread() {
        let same = CheckTrace(number: 3, record(.unchanged), version: nil, unreadSince: Self.moment, kept: [])
        #expect(same.steps.map(\.kind) == [.fetched, .sameBytes])
        #expect(same.steps.first?.note == "status 200, 5.1 kB")
        #expect(same.steps.first?.microseconds == 20_000)
        #expect(same.verdict == "No change: the page is byte-for-byte identical.")
        #expect(same.unreadSince == Self.moment)
        let unmodified = CheckTrace(
            number: 3, record(.unchanged, status: 304), version: nil, unreadSince: nil, kept: [])
        #expect(unmodified.verdict == "No change: the server says the page is not modified (304).")
    }

    @Test("a failure ends the steps with its sentence, where it happened")
    func failures() {
        let failure = CheckFailure(.noFilterMatch, "#price")
        let kept = [
            TraceStep(.read, microseconds: 5_000),
            TraceStep(.included, rules: [TraceRule("#price")], stops: true),
        ]
        let read = CheckTrace(number: 1, record(.failed, failure), version: nil, unreadSince: nil, kept: kept)
        #expect(read.steps.map(\.kind) == [.fetched, .read, .included])
        #expect(read.steps.last?.note == failure.message)
        #expect(read.steps.first?.microseconds == 15_000)
        #expect(read.verdict == "The check failed: \(failure.message).")
        let timeout = CheckFailure(.timeout, "30")
        let unread = CheckTrace(
            number: 1, record(.failed, status: nil, timeout), version: nil, unreadSince: nil, kept: [])
        #expect(unread.steps.map(\.kind) == [.failed])
        #expect(unread.steps.first?.note == timeout.message)
    }

    @Test(
        "the verdict is the reason in a sentence, of what was and of what would be",
        arguments: [
            (
                CheckResult.changed,
                [
                    TraceStep(.compared, note: "the text differs"),
                    TraceStep(.trigger, note: "line 2 matches “x”"), TraceStep(.forbidden, note: "none"),
                ], "Change detected: the text differs, and line 2 matches “x”.",
                "A change would be detected: the text differs, and line 2 matches “x”."
            ),
            (
                .unchanged,
                [
                    TraceStep(.compared, note: "the text differs"),
                    TraceStep(.trigger, note: "no line matches", stops: true),
                ],
                "No change: no line matches.", "No change: no line matches."
            ),
            (
                .first, [TraceStep(.trigger, note: "no line matches", stops: true)],
                "First version stored: there is nothing to compare it with yet, and no line matches.",
                "It would be stored as the first version: there is nothing to compare it with yet, and no line matches."
            ),
            (.unchanged, [], "No change: the page is the same.", "No change: the page is the same."),
        ] as [(CheckResult, [TraceStep], String, String)])
    func verdicts(_ result: CheckResult, _ steps: [TraceStep], _ verdict: String, _ trial: String) {
        let trace = CheckTrace(startedAt: Self.moment, result: result, steps: steps)
        #expect(trace.verdict == verdict)
        #expect(trace.dryRunVerdict == trial)
    }

    @Test("the documentation names every step", arguments: TraceStep.Kind.allCases)
    func documented(_ kind: TraceStep.Kind) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/trace.md"), encoding: .utf8)
        #expect(text.contains("`\(kind.name)`"))
    }

    @Test("every step has a number of its own, a name for programs and a title for people")
    func kinds() {
        let all = TraceStep.Kind.allCases
        #expect(Set(all.map(\.name)).count == all.count)
        #expect(Set(all.map(\.title)).count == all.count)
        #expect(all.map(\.rawValue) == Array(0..<all.count))
    }
}

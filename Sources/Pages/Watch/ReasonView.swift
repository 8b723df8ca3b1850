import Domain
import Foundation
import WebCore

/// Why one check told a change or not, in plain words, with its steps to unfold.
struct ReasonView {
    /// Names the partial in the templates.
    static let template = "partials/reason"

    let trace: CheckTrace
    /// What stands before the verdict: `Last check`.
    let title: String
    var isOpen = false
    /// It only tries settings: nothing was told.
    var isTrial = false

    /// As the watch's page has it above everything else.
    static func newest(_ trace: CheckTrace) -> ReasonView { ReasonView(trace: trace, title: "Last check") }

    func fields(_ scene: Scene) -> Fields {
        [
            "kind": .text(trace.result.name), "open": .flag(isOpen), "title": .text(title),
            "when": Moments.field(trace.startedAt, now: scene.frame.now),
            "verdict": .text(isTrial ? trace.dryRunVerdict : trace.verdict),
            "since": Moments.field(trace.unreadSince, now: scene.frame.now),
            "steps": .list(trace.steps.map(Self.step)),
        ]
    }

    private static func step(_ step: TraceStep) -> Fields {
        [
            "name": .text(step.kind.title), "note": .text(step.note ?? ""), "stops": .flag(step.stops),
            "lines": .text(lines(step)), "took": .text(took(step.microseconds)),
            "has_rules": .flag(!step.rules.isEmpty || step.rulesLeftOut > 0),
            "rules": .list(step.rules.map(rule)),
            "left_out": step.rulesLeftOut > 0 ? .text(Counts.grouped(step.rulesLeftOut)) : .nothing,
        ]
    }

    private static func rule(_ rule: TraceRule) -> Fields {
        // What a condition looked at is part of its words.
        [
            "rule": .text(rule.rule), "hits": .flag(rule.matches > 0), "words": .text(words(rule)),
            "sample": rule.holds == nil ? .optional(rule.sample) : .nothing,
        ]
    }

    /// `line 12`, `3 lines, first line 12`, `2 found`, `met: it is 7`.
    static func words(_ rule: TraceRule) -> String {
        if let holds = rule.holds {
            return (holds ? "met" : "not met") + (rule.sample.map { ": it is \($0)" } ?? "")
        }
        guard rule.matches > 0 else { return "no match" }
        guard let line = rule.line.map(Counts.grouped) else { return "\(Counts.grouped(rule.matches)) found" }
        return rule.matches == 1 ? "line \(line)" : "\(Counts.grouped(rule.matches)) lines, first line \(line)"
    }

    /// `312 → 310 lines`, or how many there are where a step does not say how many there were.
    private static func lines(_ step: TraceStep) -> String {
        let (before, after) = (step.linesBefore, step.linesAfter)
        if before == 0, after == 0 { return "" }
        let unit = after == 1 ? "line" : "lines"
        if before == 0 || before == after { return "\(Counts.grouped(after)) \(unit)" }
        return "\(Counts.grouped(before)) → \(Counts.grouped(after)) \(unit)"
    }

    /// `0.08 ms`, `12 ms`; nothing for what takes no time.
    private static func took(_ microseconds: Int) -> String {
        guard microseconds >= 10 else { return "" }
        guard microseconds < 10_000 else { return Moments.duration(.microseconds(microseconds)) }
        let hundredths = microseconds / 10
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) ms"
    }
}

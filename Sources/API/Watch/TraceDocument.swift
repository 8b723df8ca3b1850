import Differences
public import Domain
import Foundation
public import Monitor

/// How a check's trace, and a trial of settings, are written for programs; docs/trace.md names every field.
public enum TraceDocument {
    /// The most rows of a difference that an explanation brings.
    private static let differenceRows = 1000

    /// One check as JSON.
    public static func json(_ trace: CheckTrace) -> [UInt8] {
        var json = JSONWriter()
        write(trace, to: &json)
        return json.bytes
    }

    /// Several checks as a JSON list.
    public static func json(_ traces: [CheckTrace]) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in for trace in traces { write(trace, to: &json) } }
        return json.bytes
    }

    /// What settings make of a version, as JSON.
    public static func json(_ explanation: Explanation) -> [UInt8] {
        var json = JSONWriter()
        write(explanation, to: &json)
        return json.bytes
    }

    static func write(_ trace: CheckTrace, to json: inout JSONWriter) {
        json.object { json in
            json.key("check")
            if let number = trace.number { json.number(number) } else { json.null() }
            json.field("started_at", Int(trace.startedAt.timeIntervalSince1970))
            json.field("result", trace.result.name)
            json.field("verdict", trace.verdict)
            json.key("version")
            if let version = trace.version { json.number(version.seconds) } else { json.null() }
            json.key("unread_since")
            if let since = trace.unreadSince { json.number(Int(since.timeIntervalSince1970)) } else { json.null() }
            json.key("steps")
            write(trace.steps, to: &json)
        }
    }

    static func write(_ explanation: Explanation, to json: inout JSONWriter) {
        json.object { json in
            json.field("version", explanation.version.seconds)
            json.key("previous_version")
            if let before = explanation.before { json.number(before.seconds) } else { json.null() }
            json.field("previous_is_text_only", explanation.beforeIsTextOnly)
            json.field("result", explanation.result)
            json.field("verdict", explanation.trace.dryRunVerdict)
            json.field("failure", explanation.trace.failure?.message)
            json.field("text", explanation.text.map { String(decoding: $0, as: UTF8.self) })
            json.field("difference", difference(explanation))
            json.key("steps")
            write(explanation.trace.steps, to: &json)
        }
    }

    /// The lines that differ from the version before, with a word before each; nil without one.
    private static func difference(_ explanation: Explanation) -> String? {
        guard let old = explanation.textBefore, let new = explanation.text else { return nil }
        var rendering = DiffRendering()
        rendering.showsSame = false
        rendering.mostRows = differenceRows
        return String(decoding: rendering.render(LineDiff(from: old, to: new)), as: UTF8.self)
    }

    private static func write(_ steps: [TraceStep], to json: inout JSONWriter) {
        json.array { json in
            for step in steps {
                json.object { json in
                    json.field("step", step.kind.name)
                    json.field("title", step.kind.title)
                    json.field("lines_in", step.linesBefore)
                    json.field("lines_out", step.linesAfter)
                    json.field("microseconds", step.microseconds)
                    if let note = step.note { json.field("note", note) }
                    if step.stops { json.field("stops", true) }
                    guard !step.rules.isEmpty || step.rulesLeftOut > 0 else { return }
                    json.key("rules")
                    json.array { json in for rule in step.rules { write(rule, to: &json) } }
                    if step.rulesLeftOut > 0 { json.field("rules_left_out", step.rulesLeftOut) }
                }
            }
        }
    }

    private static func write(_ rule: TraceRule, to json: inout JSONWriter) {
        json.object { json in
            json.field("rule", rule.rule)
            if let holds = rule.holds { json.field("holds", holds) } else { json.field("matches", rule.matches) }
            if let line = rule.line { json.field("line", line) }
            if let sample = rule.sample { json.field("sample", sample) }
        }
    }
}

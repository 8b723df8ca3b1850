import Domain
import Foundation

/// Writes the steps of a check as the store keeps them: JSON of lists, without names, since every check that reads a
/// page keeps one.
///
/// A step is `[kind, lines before, lines after, microseconds, note, stops, rules, rules left out]`, a rule `[rule,
/// matches, line, sample, holds]`; what is empty at an end is left off. About 60 bytes a step and 40 a rule.
enum TraceCoding {
    /// nil when there is nothing to keep.
    static func text(_ steps: [TraceStep]) -> String? {
        guard !steps.isEmpty else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(64 * steps.count)
        list(steps, into: &out, step)
        return String(decoding: out, as: UTF8.self)
    }

    private static func step(_ step: TraceStep, into out: inout [UInt8]) {
        out += "[\(step.kind.rawValue),\(step.linesBefore),\(step.linesAfter),\(step.microseconds)".utf8
        let parts = step.rulesLeftOut > 0 ? 4 : !step.rules.isEmpty ? 3 : step.stops ? 2 : step.note != nil ? 1 : 0
        if parts >= 1 { text(step.note, into: &out) }
        if parts >= 2 { out += step.stops ? ",1".utf8 : ",0".utf8 }
        if parts >= 3 {
            out.append(UInt8(ascii: ","))
            list(step.rules, into: &out, rule)
        }
        if parts >= 4 { out += ",\(step.rulesLeftOut)".utf8 }
        out.append(UInt8(ascii: "]"))
    }

    private static func rule(_ rule: TraceRule, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        quoted(rule.rule, into: &out)
        out += ",\(rule.matches)".utf8
        let parts = rule.holds != nil ? 3 : rule.sample != nil ? 2 : rule.line != nil ? 1 : 0
        if parts >= 1 { out += ",\(rule.line ?? 0)".utf8 }
        if parts >= 2 { text(rule.sample, into: &out) }
        if parts >= 3 { out += rule.holds == true ? ",1".utf8 : ",0".utf8 }
        out.append(UInt8(ascii: "]"))
    }

    private static func list<Element>(
        _ elements: [Element], into out: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
    ) {
        out.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            write(element, &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    private static func text(_ text: String?, into out: inout [UInt8]) {
        out.append(UInt8(ascii: ","))
        guard let text else {
            out.append(UInt8(ascii: "0"))
            return
        }
        quoted(text, into: &out)
    }

    /// RFC 8259 7: quotation marks, reverse solidi and controls are escaped.
    private static func quoted(_ text: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case ..<0x20: out += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// The steps again; those that this version does not know are left out, so that a database never keeps a page from
    /// being shown.
    static func steps(_ text: String?) -> [TraceStep] {
        guard let text, let read = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any] else { return [] }
        return read.compactMap { ($0 as? [Any]).flatMap(step) }
    }

    private static func step(_ parts: [Any]) -> TraceStep? {
        guard parts.count >= 4, let kind = number(parts, 0).flatMap(TraceStep.Kind.init(rawValue:)) else { return nil }
        let rules = parts.count > 6 ? parts[6] as? [Any] : nil
        return TraceStep(
            kind, linesBefore: number(parts, 1) ?? 0, linesAfter: number(parts, 2) ?? 0,
            microseconds: number(parts, 3) ?? 0, note: text(parts, 4),
            rules: (rules ?? []).compactMap { ($0 as? [Any]).flatMap(rule) }, rulesLeftOut: number(parts, 7) ?? 0,
            stops: number(parts, 5) == 1)
    }

    private static func rule(_ parts: [Any]) -> TraceRule? {
        guard let rule = text(parts, 0) else { return nil }
        let line = number(parts, 2).flatMap { $0 > 0 ? $0 : nil }
        return TraceRule(
            rule, matches: number(parts, 1) ?? 0, line: line, sample: text(parts, 3),
            holds: number(parts, 4).map { $0 == 1 })
    }

    private static func number(_ parts: [Any], _ index: Int) -> Int? {
        index < parts.count ? (parts[index] as? NSNumber)?.intValue : nil
    }

    private static func text(_ parts: [Any], _ index: Int) -> String? {
        index < parts.count ? parts[index] as? String : nil
    }
}

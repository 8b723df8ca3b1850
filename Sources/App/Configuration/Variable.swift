import Configuration
import Foundation

/// One environment variable that the program knows: its name, how it is read, its default and one sentence about it.
///
/// `docs/configuration.md` is written from these and a test holds it to them.
struct Variable<Value: Sendable>: Sendable {
    let name: String
    /// Older or the incumbent's names; the first that is set counts, after `name`.
    var aliases: [String] = []
    /// As it would be typed.
    let standard: String
    /// What is accepted, for the message about a bad value: "a whole number from 1 to 1000".
    let accepts: String
    let summary: String
    /// Never printed; may also come from the file that `<NAME>_FILE` names.
    var isSecret = false
    /// nil when the text is not acceptable.
    let parse: @Sendable (String) -> Value?
}

/// A variable without its type, for lists and documentation.
struct VariableSummary: Sendable, Equatable {
    let name: String
    let aliases: [String]
    let standard: String
    let accepts: String
    let summary: String
    let isSecret: Bool
}

/// A variable whose value is not acceptable; its description is all that the person at the terminal needs.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let variable: String
    /// nil for secrets, which are never printed.
    let value: String?
    let accepts: String

    var description: String {
        let shown = value.map { "\"\($0)\"" } ?? "the value given (not shown: it is a secret)"
        return "\(variable) can't be \(shown): it takes \(accepts)."
    }
}

extension Configuration {
    /// Says of a variable whose value reads well but cannot be used what it is, why not, and what it takes.
    func refusal(of name: String, because why: String) -> String {
        guard let line = lines.first(where: { $0.variable.name == name }) else { return why }
        let origin = line.origin == "default" ? name : line.origin
        return "\(origin) can't be \"\(line.value)\": \(why). It takes \(line.variable.accepts)."
    }
}

/// Reads variables from the environment and remembers what it read, so that the effective configuration can be printed.
struct EnvironmentReader {
    /// One line of the effective configuration.
    struct Line: Equatable {
        let variable: VariableSummary
        /// As typed, or the default; "(set)" for a secret that is set.
        let value: String
        /// The variable's name, an alias, a file's path, or "default".
        let origin: String
    }

    private let provider: EnvironmentVariablesProvider
    private(set) var lines: [Line] = []

    init(_ provider: EnvironmentVariablesProvider) {
        self.provider = provider
    }

    /// The variable's value, or its default when neither it nor an alias nor, for a secret, its `_FILE` form is set.
    ///
    /// An empty text counts as not set, as container set-ups write it. Throws `ConfigurationError` for a bad value.
    mutating func read<Value>(_ variable: Variable<Value>) throws -> Value {
        let found = try firstSet(variable)
        let text = found?.text ?? variable.standard
        guard let value = variable.parse(text) else {
            throw ConfigurationError(
                variable: found?.origin ?? variable.name, value: variable.isSecret ? nil : text,
                accepts: variable.accepts)
        }
        let shown = variable.isSecret ? (text.isEmpty ? "" : "(set)") : text
        lines.append(Line(variable: Self.summary(of: variable), value: shown, origin: found?.origin ?? "default"))
        return value
    }

    /// Shows the variable that was read last with what is in force instead of its default.
    mutating func show(_ value: String) {
        guard let last = lines.popLast() else { return }
        lines.append(Line(variable: last.variable, value: value, origin: last.origin))
    }

    private func firstSet<Value>(_ variable: Variable<Value>) throws -> (text: String, origin: String)? {
        for name in [variable.name] + variable.aliases {
            if let text = try provider.environmentValue(forName: name), !text.isEmpty { return (text, name) }
            guard variable.isSecret else { continue }
            let fileVariable = name + "_FILE"
            guard let path = try provider.environmentValue(forName: fileVariable), !path.isEmpty else { continue }
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw ConfigurationError(
                    variable: fileVariable, value: path, accepts: "the path of a readable text file")
            }
            return (text.trimmingCharacters(in: .whitespacesAndNewlines), fileVariable)
        }
        return nil
    }

    private static func summary<Value>(of variable: Variable<Value>) -> VariableSummary {
        VariableSummary(
            name: variable.name, aliases: variable.aliases, standard: variable.standard, accepts: variable.accepts,
            summary: variable.summary, isSecret: variable.isSecret)
    }
}

extension Variable where Value == Int {
    /// A whole number in `range`.
    static func number(
        _ name: String, aliases: [String] = [], _ standard: Int, in range: ClosedRange<Int>, _ summary: String
    ) -> Self {
        Variable(
            name: name, aliases: aliases, standard: String(standard),
            accepts: "a whole number from \(range.lowerBound) to \(range.upperBound)", summary: summary,
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } })
    }
}

extension Variable where Value == Duration {
    /// Seconds, with a fraction if need be, in `range`.
    static func seconds(_ name: String, _ standard: Double, in range: ClosedRange<Double>, _ summary: String) -> Self {
        Variable(
            name: name, standard: standard.formatted(.number.grouping(.never)),
            accepts: "a number of seconds from \(range.lowerBound) to \(range.upperBound)", summary: summary,
            parse: { text in Double(text).flatMap { range.contains($0) ? .seconds($0) : nil } })
    }
}

extension Variable where Value == Bool {
    /// true or false, in any of the ways people write it.
    static func flag(_ name: String, _ standard: Bool, _ summary: String) -> Self {
        Variable(
            name: name, standard: standard ? "true" : "false", accepts: "true or false", summary: summary,
            parse: { text in
                switch text.lowercased() {
                case "true", "1", "yes", "on": true
                case "false", "0", "no", "off": false
                default: nil
                }
            })
    }
}

extension Variable where Value == String {
    /// One of `choices`, in any case.
    static func choice(_ name: String, _ standard: String, of choices: [String], _ summary: String) -> Self {
        Variable(
            name: name, standard: standard, accepts: "one of " + choices.joined(separator: ", "), summary: summary,
            parse: { text in choices.contains(text.lowercased()) ? text.lowercased() : nil })
    }

    /// Any text without control characters.
    static func text(
        _ name: String, aliases: [String] = [], _ standard: String, accepts: String, _ summary: String,
        isSecret: Bool = false, where isGood: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Self {
        Variable(
            name: name, aliases: aliases, standard: standard, accepts: accepts, summary: summary, isSecret: isSecret,
            parse: { text in
                let isPlain = !text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
                return isPlain && isGood(text) ? text : nil
            })
    }
}

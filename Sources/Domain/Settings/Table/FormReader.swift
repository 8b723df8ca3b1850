import Foundation

/// Reads what a form's fields say, as lines and numbers; each mistake is noted under its field's name.
public struct FormReader {
    private let value: (String) -> String?
    public private(set) var errors: [FieldError] = []

    /// `value` gives a field's text, nil when the form did not send it, as browsers do of a box that is not ticked.
    public init(_ value: @escaping (String) -> String?) {
        self.value = value
    }

    /// The text as it was typed; empty when the form does not have it.
    public func text(_ name: String) -> String { value(name) ?? "" }

    public func isTicked(_ name: String) -> Bool { value(name) != nil }

    public func word(_ name: String) -> String { text(name).trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Non-empty lines, without the white space around them.
    public func lines(_ name: String) -> [String] {
        text(name).split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }

    /// A whole number; nil when there is none.
    public mutating func whole(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        let word = word(name)
        guard !word.isEmpty else { return nil }
        guard let number = Int(word), range.contains(number) else {
            note(name, "A whole number from \(Self.grouped(range.lowerBound)) to \(Self.grouped(range.upperBound))")
            return nil
        }
        return number
    }

    /// What the word stands for; nil when there is none.
    public mutating func oneOf<Choice>(_ name: String, _ choices: [String: Choice]) -> Choice? {
        let word = word(name)
        guard !word.isEmpty else { return nil }
        if let choice = choices[word] { return choice }
        note(name, "must be one of \(choices.keys.sorted().joined(separator: ", ")), not \(word.prefix(60))")
        return nil
    }

    /// A number with digits behind a point or, as many languages write it, a comma; nil when there is none.
    public mutating func real(_ name: String, _ range: ClosedRange<Double>) -> Double? {
        let word = word(name)
        guard !word.isEmpty else { return nil }
        guard let number = Double(word.replacing(",", with: ".")), range.contains(number) else {
            let isBounded = range.upperBound < 1e15
            note(
                name,
                isBounded
                    ? "A number from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
                    : "A number like 19.90, without a currency")
            return nil
        }
        return number
    }

    public mutating func note(_ name: String, _ message: String) { errors.append(FieldError(name, message)) }

    public mutating func note(_ error: FieldError) { errors.append(error) }

    /// As a form shows a number: without digits behind the point where there are none.
    public static func shown(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }

    /// With a comma between thousands.
    private static func grouped(_ number: Int) -> String {
        var digits = String(number)
        var place = digits.count - 3
        while place > (number < 0 ? 1 : 0) {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return digits
    }
}

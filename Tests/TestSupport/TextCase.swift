/// A case of a table that is written as text, one case per line: what goes in, ` => `, what must come out.
public struct TextCase: CustomStringConvertible, Sendable {
    public let input: String
    public let expected: String
    public var description: String { input }

    /// The cases of `table`; what must come out may be left out.
    public static func all(_ table: String) -> [TextCase] {
        table.split(separator: "\n").map { line in
            guard let arrow = line.firstRange(of: " =>") else { return TextCase(input: String(line), expected: "") }
            let expected = line[arrow.upperBound...].drop { $0 == " " }
            return TextCase(input: String(line[..<arrow.lowerBound]), expected: String(expected))
        }
    }
}

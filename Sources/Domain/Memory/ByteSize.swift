/// A number of bytes as people write it: `1048576`, `512M`, `2 GB`, `1.5g`. Units are powers of 1024, as Docker and
/// systemd take them.
public enum ByteSize {
    private static let units: [(letter: Character, bytes: Double)] = [
        ("k", 1_024), ("m", 1_048_576), ("g", 1_073_741_824), ("t", 1_099_511_627_776),
    ]

    /// nil when `text` is no number of bytes, or one that does not fit.
    public static func parse(_ text: String) -> Int? {
        var rest = text.lowercased().filter { $0 != " " }[...]
        if rest.hasSuffix("ib") { rest = rest.dropLast(2) } else if rest.hasSuffix("b") { rest = rest.dropLast() }
        var unit = 1.0
        if let last = rest.last, let known = units.first(where: { $0.letter == last }) {
            unit = known.bytes
            rest = rest.dropLast()
        }
        guard let first = rest.first, first.isNumber, rest.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let number = Double(rest)
        else { return nil }
        return Int(exactly: (number * unit).rounded())
    }

    /// `bytes` with at most one digit after the point: "512M", "1.5G".
    public static func text(_ bytes: Int) -> String {
        guard let unit = units.last(where: { Double(bytes) >= $0.bytes }) else { return String(bytes) }
        let tenths = Int((Double(bytes) / unit.bytes * 10).rounded())
        let letter = unit.letter.uppercased()
        return tenths % 10 == 0 ? "\(tenths / 10)\(letter)" : "\(tenths / 10).\(tenths % 10)\(letter)"
    }
}

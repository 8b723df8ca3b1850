/// Reads the values of inputs that have limits, as numbers that can be compared within one type.
enum InputValue {
    /// nil for what is not a value of the type, and for types without limits (HTML, 2.3.4.3 and 2.3.5).
    static func number(_ text: String, _ type: String) -> Double? {
        let value = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")[...]
        switch type {
        case "number": return plain(value)
        case "date": return date(value)
        case "month":
            return parts(value, "-", 2).flatMap { (1...12).contains($0[1]) ? Double($0[0] * 12 + $0[1]) : nil }
        case "week": return week(value)
        case "time": return time(value)
        case "datetime-local":
            guard let mark = value.firstIndex(where: { $0 == "t" || $0 == " " }), let day = date(value[..<mark]),
                let time = time(value[value.index(after: mark)...])
            else { return nil }
            return day * 86_400 + time
        default: return nil
        }
    }

    private static func plain(_ text: Substring) -> Double? {
        let isPlain = text.utf8.allSatisfy { ByteClass.isDigit($0) || "+-.e".utf8.contains($0) }
        guard isPlain, text.utf8.count <= 400, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// Whole numbers between separators.
    private static func parts(_ text: Substring, _ separator: Character, _ count: Int) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == count else { return nil }
        var numbers: [Int] = []
        for part in parts {
            guard (2...6).contains(part.utf8.count), part.utf8.allSatisfy(ByteClass.isDigit), let number = Int(part)
            else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// Days that grow with the date; only their order counts.
    private static func date(_ text: Substring) -> Double? {
        guard let parts = parts(text, "-", 3), (1...12).contains(parts[1]) else { return nil }
        let isLeap = parts[0] % 4 == 0 && (parts[0] % 100 != 0 || parts[0] % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...days[parts[1] - 1]).contains(parts[2]) else { return nil }
        return Double((parts[0] * 12 + parts[1]) * 31 + parts[2])
    }

    private static func week(_ text: Substring) -> Double? {
        guard text.contains("-w"), let parts = parts(text.replacing("-w", with: "-"), "-", 2),
            (1...53).contains(parts[1])
        else {
            return nil
        }
        return Double(parts[0] * 53 + parts[1])
    }

    /// Seconds since midnight.
    private static func time(_ text: Substring) -> Double? {
        let main = text.prefix { $0 != "." }
        let fraction = Double("0" + text[main.endIndex...]) ?? 0
        guard let parts = parts(main, ":", main.utf8.count > 5 ? 3 : 2), parts[0] < 24, parts[1] < 60 else {
            return nil
        }
        let seconds = parts.count > 2 ? parts[2] : 0
        return seconds < 60 ? Double(parts[0] * 3600 + parts[1] * 60 + seconds) + fraction : nil
    }
}

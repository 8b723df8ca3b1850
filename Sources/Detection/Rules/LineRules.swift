import Domain

/// The places of a text's lines; `\n` alone ends a line.
struct LineIndex {
    /// Where each line begins, and one place behind the last line's end.
    private(set) var starts: [Int]

    init(_ text: [UInt8]) {
        starts = [0]
        text.withUnsafeBufferPointer { bytes in
            var index = 0
            while let newline = bytes.find(ByteClass.newline, from: index, to: bytes.count) {
                starts.append(newline + 1)
                index = newline + 1
            }
        }
        starts.append(text.count + 1)
    }

    var count: Int { starts.count - 1 }

    /// The line without its line end.
    func range(_ line: Int) -> Range<Int> { starts[line]..<(starts[line + 1] - 1) }

    /// Which line holds the byte at `place`.
    func line(at place: Int) -> Int {
        var low = 0, high = count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= place { low = middle } else { high = middle - 1 }
        }
        return low
    }
}

/// Says which lines of a text any of some rules match.
enum LineRules {
    /// One answer per line.
    static func matched(
        _ patterns: [Pattern], _ text: [UInt8], _ lines: LineIndex, _ matcher: PatternMatcher
    ) throws(CheckFailure) -> [Bool] {
        var marks = [Bool](repeating: false, count: lines.count)
        try text.withUnsafeBufferPointer { bytes throws(CheckFailure) in
            for pattern in patterns {
                if pattern.isLiteral || pattern.spansLines {
                    try markSpans(pattern, bytes, lines, matcher, &marks)
                } else {
                    try markLines(pattern, bytes, lines, matcher, &marks)
                }
            }
        }
        return marks
    }

    /// Whether any rule matches anywhere.
    static func anyMatch(
        _ patterns: [Pattern], _ text: [UInt8], _ matcher: PatternMatcher
    ) throws(CheckFailure) -> Bool {
        try matched(patterns, text, LineIndex(text), matcher).contains(true)
    }

    /// Searches the whole text and marks the lines that each match touches; an empty match touches none.
    private static func markSpans(
        _ pattern: Pattern, _ bytes: UnsafeBufferPointer<UInt8>, _ lines: LineIndex, _ matcher: PatternMatcher,
        _ marks: inout [Bool]
    ) throws(CheckFailure) {
        try matcher.search(pattern, in: bytes) { places in
            let start = places[0], end = places[1]
            guard end > start else { return end }
            let first = lines.line(at: start)
            let last = lines.line(at: end - 1)
            for line in first...max(first, last) { marks[line] = true }
            // Plain words need not be found twice in one line.
            return pattern.isLiteral ? max(end, lines.range(last).upperBound) : end
        }
    }

    private static func markLines(
        _ pattern: Pattern, _ bytes: UnsafeBufferPointer<UInt8>, _ lines: LineIndex, _ matcher: PatternMatcher,
        _ marks: inout [Bool]
    ) throws(CheckFailure) {
        for line in 0..<lines.count where !marks[line] {
            let range = lines.range(line)
            marks[line] = try matcher.matches(pattern, UnsafeBufferPointer(rebasing: bytes[range]))
        }
    }
}

/// Replaces what a pattern matches.
package enum Substitution {
    /// `text` with every match replaced; in `replacement` `\1` and `$1` stand for groups, `$0` and `\0` for the match,
    /// and a backslash takes the meaning from what follows.
    package static func replace(
        _ pattern: Pattern, in text: [UInt8], with replacement: [UInt8], _ matcher: PatternMatcher,
        limit: Int = 64 << 20
    ) throws(PatternFailure) -> [UInt8] {
        var result: [UInt8] = []
        var copied = 0
        var isTooLong = false
        try matcher.search(pattern, in: text.span) { places in
            let start = places[0], end = places[1]
            guard start >= copied, end >= start else { return max(end, copied) }
            result += text[copied..<start]
            expand(replacement, text, places, into: &result)
            copied = end
            isTooLong = result.count > limit
            return isTooLong ? nil : end
        }
        if isTooLong { throw .resultTooLong }
        return result + text[copied...]
    }

    private static func expand(
        _ replacement: [UInt8], _ text: [UInt8], _ places: Span<Int>, into result: inout [UInt8]
    ) {
        var index = 0
        while index < replacement.count {
            let byte = replacement[index]
            let next = index + 1 < replacement.count ? replacement[index + 1] : 0
            if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "$"), 0x30...0x39 ~= next {
                let group = Int(next - 0x30)
                if 2 * group + 1 < places.count, places[2 * group] >= 0, places[2 * group + 1] >= places[2 * group] {
                    result += text[places[2 * group]..<places[2 * group + 1]]
                }
                index += 2
            } else if byte == UInt8(ascii: "\\"), next != 0 {
                result.append(next)
                index += 2
            } else {
                result.append(byte)
                index += 1
            }
        }
    }
}

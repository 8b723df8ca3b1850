import Domain
import Patterns

/// `matches`, `replace`, `tokenize` and EXSLT's regexes.
extension PathEvaluator {
    mutating func callRegex(
        _ function: PathFunction, _ arguments: [PathTerm], _ compiled: Pattern?, _ focus: Focus
    ) throws(CheckFailure) -> [PathItem] {
        let text = try firstString(arguments[0], focus)
        if function == .tokenize, arguments.count == 1 {
            return text.split(whereSeparator: ByteClass.isSpace).map { .string(Array($0)) }
        }
        let pattern: Pattern
        if let compiled { pattern = compiled } else { pattern = try self.pattern(function, arguments, focus) }
        switch function {
        case .matches, .reTest:
            return [.bool(try matcher.matches(pattern, text.span))]
        case .replace:
            let replacement = try firstString(arguments[2], focus)
            return [.string(try matcher.replace(pattern, in: text, with: replacement))]
        case .reReplace:
            let replacement = try firstString(arguments[3], focus)
            let isGlobal = try firstString(arguments[2], focus).contains(UInt8(ascii: "g"))
            return [.string(try replace(pattern, text, replacement, isGlobal: isGlobal))]
        case .tokenize: return try split(text, at: pattern)
        default:
            let flags = arguments.count > 2 ? try firstString(arguments[2], focus) : []
            return try groups(pattern, text, isGlobal: flags.contains(UInt8(ascii: "g")))
        }
    }

    /// The regex that the page or another expression spells.
    private mutating func pattern(
        _ function: PathFunction, _ arguments: [PathTerm], _ focus: Focus
    ) throws(CheckFailure) -> Pattern {
        guard let place = function.patternPlace, place < arguments.count else { throw failure("a regex is missing") }
        let regex = try firstString(arguments[place], focus)
        var flags: [UInt8] = []
        if let place = function.flagsPlace, place < arguments.count { flags = try firstString(arguments[place], focus) }
        let key = flags + [0] + regex
        if let known = patterns[key] { return known }
        do {
            let pattern = try function.pattern(regex, flags: flags)
            if patterns.count >= 64 { patterns = [:] }
            patterns[key] = pattern
            return pattern
        } catch {
            throw failure(
                "'\(String(decoding: regex.prefix(60), as: UTF8.self))' is not a valid regex: \(error.message)")
        }
    }

    private mutating func replace(
        _ pattern: Pattern, _ text: [UInt8], _ replacement: [UInt8], isGlobal: Bool
    ) throws(CheckFailure) -> [UInt8] {
        if isGlobal { return try matcher.replace(pattern, in: text, with: replacement) }
        var end: Int?
        try matcher.search(pattern, in: text.span) { places in
            end = places[1]
            return nil
        }
        guard let end, end <= text.count else { return text }
        return try matcher.replace(pattern, in: Array(text[..<end]), with: replacement) + text[end...]
    }

    private mutating func split(_ text: [UInt8], at pattern: Pattern) throws(CheckFailure) -> [PathItem] {
        guard !text.isEmpty else { return [] }
        var parts: [PathItem] = []
        var start = 0
        let most = limits.treeNodes
        try matcher.search(pattern, in: text.span) { places in
            if places[1] > places[0], places[0] >= start {
                parts.append(.string(Array(text[start..<places[0]])))
                start = places[1]
            }
            return parts.count <= most ? places[1] : nil
        }
        try refuseCount(parts.count)
        parts.append(.string(Array(text[start...])))
        try step(parts.count)
        return parts
    }

    /// The first match and its groups, or with `g` every whole match.
    private mutating func groups(_ pattern: Pattern, _ text: [UInt8], isGlobal: Bool) throws(CheckFailure) -> [PathItem]
    {
        var found: [PathItem] = []
        let most = limits.treeNodes
        try matcher.search(pattern, in: text.span) { places in
            for group in 0...(isGlobal ? 0 : pattern.groupCount) {
                let start = places[2 * group], end = places[2 * group + 1]
                found.append(.string(start >= 0 && end >= start ? Array(text[start..<end]) : []))
            }
            return isGlobal && found.count <= most ? places[1] : nil
        }
        try refuseCount(found.count)
        try step(found.count)
        return found
    }
}

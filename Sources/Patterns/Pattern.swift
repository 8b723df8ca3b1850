import CPCRE2

/// What is wrong with a rule a person typed.
package struct PatternError: Error, Hashable {
    package let message: String

    package init(message: String) { self.message = message }
}

/// One rule for lines or text, compiled: plain words in any case, or `/regex/flags` in Perl's and Python's spelling.
///
/// Without flags a regex ignores case; with flags it has just those: `i` any case, `s` the dot matches line ends, `m`
/// anchors match at lines, `x` spaces and comments are ignored, `a` only ASCII has letters and digits (`u` and
/// JavaScript's `g` are accepted and mean nothing: text is Unicode, and every match is looked for). With `s` or `m` it
/// runs over the whole text and every line that a match touches counts.
///
/// Safety: the compiled code is never changed after `init` and may be read by any number of threads (pcre2api,
/// "Multithreading").
package final class Pattern: @unchecked Sendable {
    package let rule: String
    package let spansLines: Bool
    package let isLiteral: Bool
    package let groupCount: Int
    private let code: OpaquePointer
    /// The same for texts with Turkish letters; nil when it would be no other.
    private let dotted: OpaquePointer?
    private let isTurkish: Bool

    package init(_ rule: String, isPlain: Bool = false) throws(PatternError) {
        self.rule = rule
        var options = UInt32(PCRE2_UTF) | UInt32(PCRE2_CASELESS)
        var source = rule
        var spansLines = false
        if !isPlain, let regex = try Self.regex(in: rule) {
            let spelling = try PythonSpelling(regex.source)
            options =
                UInt32(PCRE2_UTF) | UInt32(PCRE2_USE_OFFSET_LIMIT) | UInt32(PCRE2_NEVER_BACKSLASH_C) | regex.options
            if !spelling.isASCII, !regex.isASCII { options |= UInt32(PCRE2_UCP) }
            source = spelling.source
            spansLines = regex.spansLines
            isLiteral = false
        } else {
            options |= UInt32(PCRE2_LITERAL) | UInt32(PCRE2_USE_OFFSET_LIMIT)
            isLiteral = true
        }
        self.spansLines = spansLines
        code = try Self.compile(source, options)
        let ignoresCase = options & UInt32(PCRE2_CASELESS) != 0 && options & UInt32(PCRE2_EXTENDED) == 0
        let widened = isLiteral || !ignoresCase ? nil : DottedI.widened(source)
        isTurkish = DottedI.isIn(source)
        // What only the rewriting makes too long is searched for as it is.
        dotted = widened.flatMap { try? Self.compile($0, options) }
        var groups: UInt32 = 0
        _ = pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &groups)
        groupCount = Int(groups)
    }

    deinit {
        pcre2_code_free_8(code)
        if let dotted { pcre2_code_free_8(dotted) }
    }

    /// What is to be searched for in `text`.
    func code(for text: UnsafeBufferPointer<UInt8>) -> OpaquePointer {
        guard let dotted, isTurkish || DottedI.isIn(text) else { return code }
        return dotted
    }

    private static func compile(_ source: String, _ options: UInt32) throws(PatternError) -> OpaquePointer {
        var error: Int32 = 0
        var place = 0
        let bytes = Array(source.utf8)
        let context = pcre2_compile_context_create_8(nil)
        defer { pcre2_compile_context_free_8(context) }
        pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
        pcre2_set_parens_nest_limit_8(context, 100)
        pcre2_set_max_pattern_length_8(context, 20_000)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &place, context) else {
            var text = [UInt8](repeating: 0, count: 200)
            _ = pcre2_get_error_message_8(error, &text, text.count)
            throw PatternError(
                message: "\(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)) at character \(place + 1)")
        }
        // Without a compiler for this machine the interpreter does the same, slower.
        _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        return code
    }

    /// The parts of `/regex/flags`, or nil for plain words.
    private static func regex(
        in rule: String
    ) throws(PatternError) -> (source: String, options: UInt32, spansLines: Bool, isASCII: Bool)? {
        guard rule.hasPrefix("/"), rule.utf8.count > 1, let last = rule.lastIndex(of: "/"), last != rule.startIndex
        else { return nil }
        let flags = rule[rule.index(after: last)...]
        guard flags.allSatisfy({ $0.isASCII && $0.isLowercase }) else { return nil }
        let source = String(rule[rule.index(after: rule.startIndex)..<last])
        if flags.isEmpty { return (source, UInt32(PCRE2_CASELESS), false, false) }
        var options: UInt32 = 0
        for flag in flags {
            switch flag {
            case "i": options |= UInt32(PCRE2_CASELESS)
            case "s": options |= UInt32(PCRE2_DOTALL)
            case "m": options |= UInt32(PCRE2_MULTILINE)
            case "x": options |= UInt32(PCRE2_EXTENDED)
            case "a", "g", "u": break
            default: throw PatternError(message: "The flag '\(flag)' after the last slash is not one of i, s, m, x")
            }
        }
        return (source, options, flags.contains("s") || flags.contains("m"), flags.contains("a"))
    }
}

import CPCRE2
import Domain

/// Applies patterns to one text, within limits: steps and memory at each place, and time over all of them.
///
/// PCRE2 counts its steps anew at every place where a match could start, so a long text is searched in windows with a
/// look at the clock in between. Whoever makes one calls `free`.
struct PatternMatcher {
    /// How many starting places one call of the library tries.
    private static let window = 4096

    private let context: OpaquePointer?
    private let deadline: ContinuousClock.Instant
    private var calls = 0

    init(_ limits: DetectionLimits) {
        context = pcre2_match_context_create_8(nil)
        pcre2_set_match_limit_8(context, limits.patternSteps)
        pcre2_set_depth_limit_8(context, limits.patternSteps)
        pcre2_set_heap_limit_8(context, limits.patternMemoryKiB)
        deadline = .now + limits.patternTime
    }

    func free() { pcre2_match_context_free_8(context) }

    /// Calls `found` with the places of each match in `text`, group by group (the whole match first, -1 for a group
    /// that took no part), until it says where to go on; nil ends the search.
    ///
    /// `text` is valid UTF-8 and is the whole subject: anchors refer to its ends.
    mutating func search(
        _ pattern: Pattern, in text: UnsafeBufferPointer<UInt8>, found: (UnsafeBufferPointer<Int>) -> Int?
    ) throws(CheckFailure) {
        guard let places = pcre2_match_data_create_from_pattern_8(pattern.code, nil) else {
            throw CheckFailure(.internalError, "out of memory")
        }
        defer { pcre2_match_data_free_8(places) }
        var start = 0
        while start <= text.count {
            let stop = min(text.count, start + Self.window)
            let result = try match(pattern, text, from: start, to: stop, places)
            guard result > 0 else {
                start = nextCharacter(text, stop)
                continue
            }
            guard let raw = UnsafeRawPointer(pcre2_get_ovector_pointer_8(places)) else { return }
            // Safety: the vector holds one more pair than there are groups, and lives as long as `places`.
            let vector = raw.bindMemory(to: Int.self, capacity: 2 * (pattern.groupCount + 1))
            guard let next = found(UnsafeBufferPointer(start: vector, count: 2 * (pattern.groupCount + 1))) else {
                return
            }
            // Each turn moves on by one character at least, also after an empty match, so that the search ends.
            let isEmpty = vector[1] <= vector[0]
            start = !isEmpty && next > start ? next : nextCharacter(text, max(next, start))
        }
    }

    /// Whether `pattern` matches anywhere in `text`.
    mutating func matches(_ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>) throws(CheckFailure) -> Bool {
        var isFound = false
        try search(pattern, in: text) { _ in
            isFound = true
            return nil
        }
        return isFound
    }

    private mutating func match(
        _ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>, from start: Int, to stop: Int, _ places: OpaquePointer
    ) throws(CheckFailure) -> Int32 {
        calls += 1
        if calls & 63 == 0, ContinuousClock.now > deadline {
            throw CheckFailure(.badPattern, "\(pattern.rule) takes too long on this page")
        }
        pcre2_set_offset_limit_8(context, stop)
        var empty: UInt8 = 0
        let base = text.baseAddress
        let unchecked = UInt32(PCRE2_NO_UTF_CHECK)
        return try withUnsafePointer(to: &empty) { nothing throws(CheckFailure) in
            let subject = base ?? nothing
            var result = pcre2_match_8(pattern.code, subject, text.count, start, unchecked, places, context)
            if result == PCRE2_ERROR_JIT_STACKLIMIT {
                result = pcre2_match_8(
                    pattern.code, subject, text.count, start, unchecked | UInt32(PCRE2_NO_JIT), places, context)
            }
            if result < 0, result != PCRE2_ERROR_NOMATCH {
                throw CheckFailure(.badPattern, "\(pattern.rule) takes too many steps on this page")
            }
            return result
        }
    }

    private func nextCharacter(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
        var next = place + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}

import CPCRE2

/// Applies the patterns of one piece of work, within limits: steps and memory at each place, and time over all of them.
///
/// PCRE2 counts its steps anew at every place where a match could start, so a long text is searched in windows with a
/// look at the clock first and after each window's places: a call that finds something at once costs little more than
/// the look, so that it is not made for each of those. The time begins with the first search and is one budget for all
/// searches.
package final class PatternMatcher {
    /// How many starting places one call of the library tries: few until calls prove to be quick.
    private static let windows = 16...4096
    /// A call that takes longer than this is a reason to look at the clock more often.
    private static let slowCall: Duration = .milliseconds(5)
    /// The most calls between two looks, once calls have proved to be quick: each may find something at a place that
    /// costs all its steps.
    private static let mostCalls = 16

    private let limits: PatternLimits
    private let now: () -> ContinuousClock.Instant
    private let context: OpaquePointer?
    private var window = 64
    /// Calls since the newest look at the clock, and the places that they tried.
    private var calls = 0
    private var tried = 0
    /// How many calls are made before the next look.
    private var allowed = 1
    private var deadline: ContinuousClock.Instant?
    private var lastLook: ContinuousClock.Instant?

    package init(_ limits: PatternLimits = PatternLimits(), now: @escaping () -> ContinuousClock.Instant = { .now }) {
        self.limits = limits
        self.now = now
        context = pcre2_match_context_create_8(nil)
        pcre2_set_match_limit_8(context, limits.steps)
        pcre2_set_depth_limit_8(context, limits.steps)
        pcre2_set_heap_limit_8(context, limits.memoryKiB)
    }

    deinit { pcre2_match_context_free_8(context) }

    /// Calls `found` with the places of each match in `text`, group by group (the whole match first, -1 for a group
    /// that took no part), until it says where to go on; nil ends the search.
    ///
    /// `text` is valid UTF-8 and is the whole subject: anchors refer to its ends.
    package func search(
        _ pattern: Pattern, in text: Span<UInt8>, found: (Span<Int>) -> Int?
    ) throws(PatternFailure) {
        // Safety: PCRE2 reads inside of the text only while the closure runs.
        try text.withUnsafeBufferPointer { text throws(PatternFailure) in try search(pattern, in: text, found) }
    }

    private func search(
        _ pattern: Pattern, in text: UnsafeBufferPointer<UInt8>, _ found: (Span<Int>) -> Int?
    ) throws(PatternFailure) {
        let code = pattern.code(for: text)
        guard let places = pcre2_match_data_create_from_pattern_8(code, nil) else {
            throw .outOfMemory
        }
        defer { pcre2_match_data_free_8(places) }
        var start = 0
        calls = allowed
        while start <= text.count {
            let stop = min(text.count, start + window)
            let result = try match(pattern, code, text, from: start, to: stop, places)
            guard result > 0 else {
                tried += stop - start + 1
                start = nextCharacter(text, stop)
                continue
            }
            guard let raw = UnsafeRawPointer(pcre2_get_ovector_pointer_8(places)) else { return }
            // Safety: the vector holds one more pair than there are groups, and lives as long as `places`.
            let vector = raw.bindMemory(to: Int.self, capacity: 2 * (pattern.groupCount + 1))
            let groups = UnsafeBufferPointer(start: vector, count: 2 * (pattern.groupCount + 1))
            tried += max(0, vector[0] - start) + 1
            guard let next = found(groups.span) else { return }
            // Each turn moves on by one character at least, also after an empty match, so that the search ends.
            let isEmpty = vector[1] <= vector[0]
            start = !isEmpty && next > start ? next : nextCharacter(text, max(next, start))
        }
    }

    /// Whether `pattern` matches anywhere in `text`.
    package func matches(_ pattern: Pattern, _ text: Span<UInt8>) throws(PatternFailure) -> Bool {
        var isFound = false
        try search(pattern, in: text) { _ in
            isFound = true
            return nil
        }
        return isFound
    }

    private func match(
        _ pattern: Pattern, _ code: OpaquePointer, _ text: UnsafeBufferPointer<UInt8>, from start: Int, to stop: Int,
        _ places: OpaquePointer
    ) throws(PatternFailure) -> Int32 {
        if tried >= window || calls >= allowed { try look(pattern) }
        calls += 1
        pcre2_set_offset_limit_8(context, stop)
        var empty: UInt8 = 0
        let base = text.baseAddress
        let unchecked = UInt32(PCRE2_NO_UTF_CHECK)
        return try withUnsafePointer(to: &empty) { nothing throws(PatternFailure) in
            let subject = base ?? nothing
            var result = pcre2_match_8(code, subject, text.count, start, unchecked, places, context)
            if result == PCRE2_ERROR_JIT_STACKLIMIT {
                result = pcre2_match_8(
                    code, subject, text.count, start, unchecked | UInt32(PCRE2_NO_JIT), places, context)
            }
            if result < 0, result != PCRE2_ERROR_NOMATCH {
                throw PatternFailure.tooManySteps(rule: pattern.rule)
            }
            return result
        }
    }

    /// Ends the search when the time is over, and fits the window to how long the last call took.
    private func look(_ pattern: Pattern) throws(PatternFailure) {
        let moment = now()
        calls = 0
        tried = 0
        if let deadline {
            if moment >= deadline {
                throw .tooLong(rule: pattern.rule)
            }
        } else {
            deadline = moment + limits.time
        }
        if let lastLook {
            let isSlow = moment - lastLook > Self.slowCall
            let fitting = isSlow ? window / 8 : window * 2
            window = min(max(fitting, Self.windows.lowerBound), Self.windows.upperBound)
            allowed = isSlow ? 1 : min(allowed * 2, Self.mostCalls)
        }
        lastLook = moment
    }

    private func nextCharacter(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
        var next = place + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}

import Domain

/// Collects what each step did; steps that left everything as it was leave no trace.
struct Trace {
    struct Note {
        let step: String
        let words: String?
    }

    private var steps: [TraceStep] = []
    private var last = ContinuousClock.now
    private var textRead: [UInt8] = []

    mutating func noteReading(_ text: [UInt8]) {
        textRead = text
        steps.append(TraceStep(name: "read", linesBefore: 0, linesAfter: 0, microseconds: elapsed()))
    }

    mutating func note(_ note: Note) {
        steps.append(
            TraceStep(name: note.step, linesBefore: 0, linesAfter: 0, microseconds: elapsed(), note: note.words))
    }

    mutating func run(
        _ all: ArraySlice<Step>, _ draft: inout Draft, _ rules: CompiledRules, _ limits: DetectionLimits
    ) throws(CheckFailure) {
        for step in all {
            let before = (draft.snapshot.count, draft.compared?.count)
            let texts = (draft.snapshot, draft.compared)
            try step.apply(&draft, rules, limits)
            guard before != (draft.snapshot.count, draft.compared?.count) else { continue }
            steps.append(
                TraceStep(
                    name: step.name, linesBefore: Self.lines(texts.1 ?? texts.0),
                    linesAfter: Self.lines(draft.comparedText), microseconds: elapsed()))
        }
    }

    /// The steps, when they tell more than that the page was read and is as it was.
    func kept(decision: Verdict.Decision) -> [TraceStep] {
        if steps.count == 1, decision == .sameText { return [] }
        var steps = steps
        steps[0].linesAfter = Self.lines(textRead)
        return steps
    }

    private mutating func elapsed() -> Int {
        let now = ContinuousClock.now
        defer { last = now }
        return Int((now - last) / .microseconds(1))
    }

    private static func lines(_ text: [UInt8]) -> Int {
        guard !text.isEmpty else { return 0 }
        return 1 + text.withUnsafeBytes(Self.newlines)
    }

    /// Counts line feeds, eight bytes at once: this looks at every byte of every text that changed.
    private static func newlines(_ text: UnsafeRawBufferPointer) -> Int {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let wanted: UInt64 = 0x0101_0101_0101_0101 &* UInt64(ByteClass.newline)
        var count = 0
        var place = 0
        while place + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ wanted
            // The highest bit of a byte stays unset exactly where the byte is the wanted one.
            let others = ((word & low) &+ low) | word | low
            count &+= Int(((~others >> 7) &* 0x0101_0101_0101_0101) >> 56)
            place += 8
        }
        for place in place..<text.count where text[place] == ByteClass.newline { count += 1 }
        return count
    }
}

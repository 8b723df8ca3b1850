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
        // Without a branch and a check for overflow in it, this counts many bytes at once.
        return 1 + text.withUnsafeBufferPointer { $0.reduce(0) { $0 &+ ($1 == ByteClass.newline ? 1 : 0) } }
    }
}

public import Domain

/// Collects what the steps of one reading of a page do; what fails leaves behind the steps up to the failing one.
///
/// A class, so that the steps outlive a failure that is thrown. Used by one thread, for one reading.
public final class Trace {
    private var done: [TraceStep] = []
    private var last = ContinuousClock.now
    private var room = TraceText.bytesPerTrace
    /// The step that is under way, with the rules that it has told of already.
    private var current: TraceStep?

    public init() {}

    /// Begins a step: what fails from here on is its failure.
    func begin(_ kind: TraceStep.Kind) {
        current = TraceStep(kind)
    }

    /// Tells what came of the rules of the step under way; those that match come first when there is no room for all.
    ///
    /// A step that goes over two texts tells of the first only, the one that is kept.
    func note(_ rules: [TraceRule]) {
        guard current?.rules.isEmpty == true, current?.rulesLeftOut == 0 else { return }
        var kept: [Int: TraceRule] = [:]
        let order = rules.indices.filter { rules[$0].matches > 0 } + rules.indices.filter { rules[$0].matches == 0 }
        for index in order.prefix(TraceText.rulesPerStep) {
            var rule = rules[index]
            rule.rule = TraceText.rule(rule.rule)
            let length = rule.rule.utf8.count + (rule.sample?.utf8.count ?? 0)
            guard length <= room else { break }
            room -= length
            kept[index] = rule
        }
        current?.rules = kept.sorted { $0.key < $1.key }.map(\.value)
        current?.rulesLeftOut = rules.count - kept.count
    }

    /// Ends the step under way.
    func end(before: Int = 0, after: Int = 0, note: String? = nil, stops: Bool = false) {
        guard var step = current else { return }
        step.linesBefore = before
        step.linesAfter = after
        step.microseconds = elapsed()
        step.note = note
        step.stops = stops
        done.append(step)
        current = nil
    }

    /// What has been done; a step that never ended is the one that failed.
    public var steps: [TraceStep] {
        guard var failed = current else { return done }
        failed.stops = true
        failed.microseconds = Int((ContinuousClock.now - last) / .microseconds(1))
        return done + [failed]
    }

    private func elapsed() -> Int {
        let now = ContinuousClock.now
        defer { last = now }
        return Int((now - last) / .microseconds(1))
    }

    /// Lines of a text; a line end at its end begins none.
    static func lines(_ text: [UInt8]) -> Int {
        guard let last = text.last else { return 0 }
        // Safety: each load of eight bytes ends inside of the text, and nothing of it is kept.
        return text.withUnsafeBytes(newlines) + (last == ByteClass.newline ? 0 : 1)
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

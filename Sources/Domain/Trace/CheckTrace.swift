public import Foundation

/// One check, step by step, and why it told a change or not; a real one, or one that only tries settings.
public struct CheckTrace: Hashable, Sendable {
    /// Counts the watch's checks from 1; nil for a dry run, and when the check's own record is gone.
    public let number: Int?
    public let startedAt: Date
    public let result: CheckResult
    public let failure: CheckFailure?
    /// The version that was kept.
    public let version: SnapshotVersion?
    /// When the page was read that this check found unchanged, unread; nil when it is not known any more.
    public let unreadSince: Date?
    public let steps: [TraceStep]

    public init(
        number: Int? = nil, startedAt: Date, result: CheckResult, failure: CheckFailure? = nil,
        version: SnapshotVersion? = nil, unreadSince: Date? = nil, steps: [TraceStep]
    ) {
        self.number = number
        self.startedAt = startedAt
        self.result = result
        self.failure = failure
        self.version = version
        self.unreadSince = unreadSince
        self.steps = steps
    }

    /// As it was recorded: what a row says by itself is added to the `kept` steps, so that a check that read nothing
    /// keeps none.
    public init(
        number: Int, _ record: CheckRecord, version: SnapshotVersion?, unreadSince: Date?, kept: [TraceStep]
    ) {
        var steps = kept
        let isRead = !kept.isEmpty
        if kept.first?.kind != .fetched, let fetched = TraceStep.fetched(record, without: kept) {
            steps.insert(fetched, at: 0)
        }
        if let failure = record.failure {
            if isRead, steps[steps.count - 1].stops {
                steps[steps.count - 1].note = failure.message
            } else {
                steps.append(TraceStep(.failed, note: failure.message, stops: true))
            }
        } else if !isRead, record.result == .unchanged {
            steps.append(record.status == 304 ? .notModified : .sameBytes)
        }
        self.init(
            number: number, startedAt: record.startedAt, result: record.result, failure: record.failure,
            version: version, unreadSince: isRead ? nil : unreadSince, steps: steps)
    }

    /// Why it ended as it did, as a clause without a full stop.
    public var reason: String {
        if let failure { return failure.message }
        switch result {
        case .failed: return "the check failed"
        case .unchanged:
            // What counts for nothing need not be explained.
            let last = steps.last { $0.kind == .superseded } ?? steps.first(where: \.stops)
            return last?.note ?? "the page is the same"
        case .first:
            let held = steps.first { $0.stops && $0.note != nil }?.note
            return "there is nothing to compare it with yet" + (held.map { ", and \($0)" } ?? "")
        case .changed:
            let parts = steps.filter { Self.telling.contains($0.kind) }.compactMap(\.note)
            guard let last = parts.last else { return "the page is different" }
            return parts.count == 1 ? last : parts.dropLast().joined(separator: ", ") + ", and " + last
        }
    }

    /// Steps that are reasons for a change when they let it through.
    private static let telling: Set<TraceStep.Kind> = [
        .compared, .kinds, .trigger, .conditions, .uniqueLines, .offer, .picture,
    ]

    /// The verdict on what was done, as a sentence.
    public var verdict: String {
        switch result {
        case .failed: "The check failed: \(reason)."
        case .unchanged: "No change: \(reason)."
        case .first: "First version stored: \(reason)."
        case .changed: "Change detected: \(reason)."
        }
    }

    /// The same of a dry run, which tells nobody.
    public var dryRunVerdict: String {
        switch result {
        case .failed: "The check would fail: \(reason)."
        case .unchanged: "No change: \(reason)."
        case .first: "It would be stored as the first version: \(reason)."
        case .changed: "A change would be detected: \(reason)."
        }
    }
}

extension TraceStep {
    /// The page's answer as the check's record has it; nil when there was none.
    public static func fetched(_ record: CheckRecord, without steps: [TraceStep]) -> TraceStep? {
        guard let status = record.status else { return nil }
        let all = Int(record.duration / .microseconds(1))
        return TraceStep(
            .fetched, microseconds: max(0, steps.reduce(all) { $0 - $1.microseconds }),
            note: "status \(status), \(size(record.byteCount))")
    }

    fileprivate static let sameBytes = TraceStep(.sameBytes, note: "the page is byte-for-byte identical", stops: true)
    fileprivate static let notModified = TraceStep(
        .notModified, note: "the server says the page is not modified (304)", stops: true)

    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1_000: "\(max(0, bytes)) B"
        case ..<1_000_000: "\(bytes / 1_000).\(bytes % 1_000 / 100) kB"
        default: "\(bytes / 1_000_000).\(bytes % 1_000_000 / 100_000) MB"
        }
    }
}

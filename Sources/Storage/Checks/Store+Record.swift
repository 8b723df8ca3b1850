public import Domain
public import Foundation
import GRDB

/// What became of one recorded outcome, for whoever announces it.
public struct RecordedCheck: Hashable, Sendable {
    public let watch: WatchID
    public let result: CheckResult
    /// The failure, when `result` is `.failed`.
    public let failure: CheckFailure?
    /// Of the snapshot that was kept; nil when none was.
    public let version: SnapshotVersion?
    /// The watch was deleted meanwhile; nothing was stored.
    public let gone: Bool
    /// The watch was edited meanwhile; only the check record was stored, and it stays due.
    public let superseded: Bool
    /// `Totals` counts something differently now.
    public let totalsChanged: Bool
    /// When the check has put the watch's next one; nil when it has left that as it was.
    public let nextDue: Date?
}

/// A check's outcome with what says when the next check is due.
public struct DatedOutcome: Sendable {
    /// Reckons from the watch's settings, its tags' added, those for all watches, and what was planned of the check.
    public typealias Rule = @Sendable (WatchSettings, Settings, CheckPlan) -> Date

    enum Due: Sendable {
        case fixed(Date?)
        case reckoned(Rule)
    }

    public let outcome: CheckOutcome
    let due: Due

    /// nil leaves the due time as it is.
    public init(_ outcome: CheckOutcome, nextDue: Date?) {
        self.outcome = outcome
        due = .fixed(nextDue)
    }

    /// The due time is reckoned inside the transaction, from the settings as they are then: an interval may have been
    /// edited since the check began without making it void.
    public init(_ outcome: CheckOutcome, nextDue: @escaping Rule) {
        self.outcome = outcome
        due = .reckoned(nextDue)
    }
}

extension Store {
    /// Stores what checks have found, all of them in one transaction, with what they have shown of held hosts; answers
    /// in the same order.
    ///
    /// Texts are pressed before the transaction begins, so that others do not wait for that.
    public func record(_ outcomes: [DatedOutcome], held: [HeldHost] = []) async throws -> [RecordedCheck] {
        guard !outcomes.isEmpty else { return [] }
        let (pressed, bodies) = try await press(outcomes)
        return try await write { [options, contents, settingsMemo] db in
            let recorder = OutcomeWriter(
                db: db, statements: PreparedStatements(on: db), options: options, contents: contents,
                memo: settingsMemo,
                settings: try Self.settings(db, settingsMemo))
            try Self.keep(db, held)
            var recorded: [RecordedCheck] = []
            recorded.reserveCapacity(outcomes.count)
            for (index, dated) in outcomes.enumerated() {
                recorded.append(try recorder.record(dated, pressed: pressed[index], body: bodies[index]))
            }
            return recorded
        }
    }

    /// As the other one, for outcomes in pairs.
    public func record(_ outcomes: [(outcome: CheckOutcome, nextDue: Date?)]) async throws -> [RecordedCheck] {
        try await record(
            outcomes.map { (outcome: CheckOutcome, due: Date?) in DatedOutcome(outcome, nextDue: due) })
    }

    /// Makes the texts and bodies that are likely to be kept ready; a wrong guess costs only the work done twice.
    private func press(_ outcomes: [DatedOutcome]) async throws -> ([Contents.Pressed?], [Bodies.Pressed?]) {
        let texts = outcomes.map(\.outcome.result.text)
        guard texts.contains(where: { $0 != nil }) else {
            let none = outcomes.count
            return (Array(repeating: nil, count: none), Array(repeating: nil, count: none))
        }
        return try await read { [contents, codec, options] db in
            let bodies = Bodies(db: db, codec: codec)
            let pressed = try zip(outcomes, texts).map { dated, text in
                try text.flatMap { try Self.press(db, $0, of: dated.outcome, contents: contents) }
            }
            return (
                pressed,
                try zip(outcomes, pressed).map { dated, text in
                    // Where the text is not going to be kept, the body is not either.
                    guard options.bodiesKept > 0, text != nil, let body = dated.outcome.body else { return nil }
                    return try bodies.press(body, of: dated.outcome.watch)
                }
            )
        }
    }

    private static func press(
        _ db: Database, _ text: [UInt8], of outcome: CheckOutcome, contents: Contents
    ) throws -> Contents.Pressed? {
        let query = try db.query(
            """
            SELECT watch.revision, snapshot.content FROM watch
            LEFT JOIN snapshot ON snapshot.watch = watch.id AND snapshot.version = watch.newest_version WHERE uuid = ?
            """, outcome.watch.uuid)
        guard try query.step(), query.int(0) == outcome.revision else { return nil }
        let newest = query.optionalInt(1)
        if newest != nil, case .verdict(let verdict) = outcome.result, case .blocked = verdict.decision { return nil }
        let hash = Contents.hash(text)
        if try contents.find(db, hash: hash) != nil {
            return .known(hash: hash)
        }
        return try contents.press(db, text, hash: hash, earlier: newest)
    }
}

extension CheckOutcome.Result {
    /// The text that the verdict offers to be kept.
    fileprivate var text: [UInt8]? {
        guard case .verdict(let verdict) = self else { return nil }
        return switch verdict.decision {
        case .changed(let text), .blocked(let text): text
        case .sameBytes, .sameText: nil
        }
    }
}

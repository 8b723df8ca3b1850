import Domain
import Foundation
import GRDB

/// Writes the outcome of one check inside a transaction: watch row, check record and snapshot.
///
/// Statements name only columns that change, since SQLite moves every index whose column is named. An unchanged watch
/// costs a look, two short updates' worth of index and one record.
struct OutcomeWriter {
    let db: Database
    /// Those that nearly every outcome runs.
    let statements: PreparedStatements
    let options: StoreOptions
    let contents: Contents
    let memo: SettingsMemo
    /// Those for all watches, as they are in this transaction.
    let settings: Settings

    /// What the watch's row says before the outcome is written.
    private struct Standing {
        let key: Int64
        let revision: Int64
        let checkCount: Int64
        let consecutiveFailures: Int64
        let failure: CheckFailure?
        let isUnviewed: Bool
        let lastViewed: Int64
        let historyCount: Int64
        let newest: Int64?
        let pageTitle: String?
        let contentType: String?
        let validators: Validators
        let filterFailures: Int64
        let hasPriceData: Int64?
        /// The watch's own settings as they are kept.
        let settings: String?
        let hasTags: Bool
        /// The number of the check that read the page last.
        let lastRead: Int64?
        let nextDue: Date?
        /// The program died while it worked on the watch's page.
        let isSuspect: Bool
    }

    /// What the outcome does to the row besides being counted.
    private struct Findings {
        var result: CheckResult
        var failure: CheckFailure?
        var version: SnapshotVersion?
        /// The new comparison values; nil leaves all of them.
        var validators: Validators?
        /// nil leaves it.
        var textChecksum: Checksum?
        var historyCount: Int64
        /// What the store itself had to say, behind the steps of detection.
        var steps: [TraceStep] = []
    }

    private struct Validators: Equatable {
        let etag: String?
        let lastModified: String?
        /// nil leaves it.
        let pageChecksum: Checksum?
    }

    /// Writes one outcome; `pressed` is its text made ready, when somebody has guessed that it will be kept.
    func record(
        _ dated: DatedOutcome, pressed: Contents.Pressed?, body: Bodies.Pressed? = nil
    ) throws -> RecordedCheck {
        let outcome = dated.outcome
        guard let standing = try standing(of: outcome.watch) else {
            return RecordedCheck(
                watch: outcome.watch, result: outcome.plainResult, failure: outcome.failure, version: nil, gone: true,
                superseded: false, totalsChanged: false, nextDue: nil)
        }
        if standing.isSuspect { try db.run("DELETE FROM suspect WHERE watch = ?", standing.key) }
        guard standing.revision == outcome.revision else { return try recordSuperseded(outcome, standing) }
        let findings = try findings(outcome, standing, pressed: pressed)
        let nextDue = try nextDue(dated, standing)
        try updateWatch(outcome, standing, findings, nextDue: nextDue)
        try updateFailure(standing, findings)
        try updateDescription(outcome, standing)
        try keepDetails(of: outcome, key: standing.key, version: findings.version, body: body)
        try countFilterFailures(findings.failure, outcome, standing)
        try keepRecord(outcome, standing, findings)
        let isUnviewed = findings.version.map { $0.seconds > standing.lastViewed && findings.historyCount >= 2 }
        return RecordedCheck(
            watch: outcome.watch, result: findings.result, failure: findings.failure, version: findings.version,
            gone: false,
            superseded: false,
            totalsChanged: (standing.failure == nil) != (findings.failure == nil)
                || (isUnviewed ?? standing.isUnviewed) != standing.isUnviewed, nextDue: nextDue)
    }

    private func standing(of watch: WatchID) throws -> Standing? {
        let query = try statements.query(
            """
            SELECT id, revision, check_count, consecutive_failures, last_failure, last_failure_detail, coalesce(unviewed, 0),
                last_viewed, history_count, newest_version, page_title, content_type, etag, last_modified, page_checksum,
                consecutive_filter_failures, has_price_data, last_read, settings, next_due_at,
                EXISTS (SELECT 1 FROM watch_tag WHERE watch = watch.id),
                EXISTS (SELECT 1 FROM suspect WHERE watch = watch.id)
            FROM watch WHERE uuid = ?
            """, watch.uuid)
        guard try query.step() else { return nil }
        return Standing(
            key: query.int(0), revision: query.int(1), checkCount: query.int(2), consecutiveFailures: query.int(3),
            failure: query.failure(4), isUnviewed: query.flag(6), lastViewed: query.int(7), historyCount: query.int(8),
            newest: query.optionalInt(9), pageTitle: query.optionalText(10), contentType: query.optionalText(11),
            validators: Validators(
                etag: query.optionalText(12), lastModified: query.optionalText(13), pageChecksum: query.checksum(14)),
            filterFailures: query.int(15), hasPriceData: query.optionalInt(16),
            settings: query.optionalText(18), hasTags: query.flag(20), lastRead: query.optionalInt(17),
            nextDue: query.optionalDate(19), isSuspect: query.flag(21))
    }

    /// Leaves only the trace that a check was made: what it found belongs to an older address or older settings.
    private func recordSuperseded(_ outcome: CheckOutcome, _ standing: Standing) throws -> RecordedCheck {
        try db.run(
            "UPDATE watch SET last_checked_at = ?, check_count = check_count + 1 WHERE id = ?", outcome.startedAt,
            standing.key)
        var findings = Findings(
            result: outcome.plainResult, failure: outcome.failure, historyCount: standing.historyCount)
        findings.steps = [
            TraceStep(
                .superseded, note: "the watch was edited while the check ran, so its result is discarded",
                stops: true)
        ]
        try keepRecord(outcome, standing, findings)
        return RecordedCheck(
            watch: outcome.watch, result: outcome.plainResult, failure: outcome.failure, version: nil, gone: false,
            superseded: true, totalsChanged: false, nextDue: nil)
    }

    private func findings(
        _ outcome: CheckOutcome, _ standing: Standing, pressed: Contents.Pressed?
    ) throws -> Findings {
        var findings = Findings(result: .unchanged, historyCount: standing.historyCount)
        switch outcome.result {
        case .failed(let failure):
            findings.result = .failed
            findings.failure = failure
        case .notModified:
            // A 304 need not repeat the validators that it confirms.
            if outcome.etag != nil || outcome.lastModified != nil {
                findings.validators = Validators(
                    etag: outcome.etag, lastModified: outcome.lastModified, pageChecksum: nil)
            }
        case .verdict(let verdict):
            findings.validators = Validators(
                etag: outcome.etag, lastModified: outcome.lastModified, pageChecksum: verdict.pageChecksum)
            try follow(verdict, outcome, standing, pressed: pressed, into: &findings)
        }
        return findings
    }

    /// Does to the row, and to the history, what detection has decided.
    private func follow(
        _ verdict: Verdict, _ outcome: CheckOutcome, _ standing: Standing, pressed: Contents.Pressed?,
        into findings: inout Findings
    ) throws {
        switch verdict.decision {
        case .sameBytes: break
        case .sameText: findings.textChecksum = verdict.textChecksum
        case .changed(let text):
            findings.textChecksum = verdict.textChecksum
            if verdict.wantsUniqueLines, standing.newest != nil,
                try !showsNewLine(text, ignoresWhitespace: verdict.ignoresWhitespace, standing.key)
            {
                findings.steps.append(
                    TraceStep(.uniqueLines, note: "every line was already in an earlier version", stops: true))
                return
            }
            if verdict.wantsUniqueLines, standing.newest != nil {
                findings.steps.append(TraceStep(.uniqueLines, note: "it has a line that was never seen before"))
            }
            try keep(text, outcome, standing, pressed: pressed, into: &findings)
        case .blocked(let text):
            // Without a text checksum the first check that is not held back is compared with this first snapshot
            // itself.
            if standing.newest == nil { try keep(text, outcome, standing, pressed: pressed, into: &findings) }
        }
    }

    /// Keeps `text` as the newest snapshot, unless the newest one shows exactly that already.
    private func keep(
        _ text: [UInt8], _ outcome: CheckOutcome, _ standing: Standing, pressed: Contents.Pressed?,
        into findings: inout Findings
    ) throws {
        let hash = pressed?.hash ?? Contents.hash(text)
        let newest = try standing.newest.flatMap {
            try db.number("SELECT content FROM snapshot WHERE watch = ? AND version = ?", standing.key, $0)
        }
        let content: Int64
        if let known = try contents.find(db, hash: hash) {
            // A difference of the wanted kinds may lead back to the text that is kept already, and so may a stock that
            // came back.
            if known == newest, outcome.lastText == nil, outcome.offer == nil {
                findings.steps.append(
                    TraceStep(.knownText, note: "the newest version already has this text", stops: true))
                return
            }
            content = known
        } else {
            content = try contents.insert(
                db, try usable(pressed) ?? contents.press(db, text, hash: hash, earlier: newest))
        }
        let second = Int64((Double(outcome.startedAt.milliseconds) / 1000).rounded(.down))
        let version = SnapshotVersion(max(second, 1, (standing.newest ?? 0) + 1))
        let isFirst = standing.newest == nil
        if isFirst { findings.steps.append(TraceStep(.first, note: "stored to compare with later")) }
        try db.run(
            "INSERT INTO snapshot (watch, version, taken_at, content, trace) VALUES (?, ?, ?, ?, ?)", standing.key,
            version, outcome.startedAt, content, outcome.versionTrace(findings.steps))
        findings.version = version
        findings.result = isFirst ? .first : .changed
        if standing.newest == nil, outcome.wantsUniqueLines {
            _ = try showsNewLine(text, ignoresWhitespace: outcome.ignoresWhitespace, standing.key)
        }
        findings.historyCount = try trimSnapshots(standing.key, count: standing.historyCount + 1)
    }

    /// `pressed`, when it is whole or its base is still there.
    private func usable(_ pressed: Contents.Pressed?) throws -> Contents.Pressed? {
        guard let pressed, pressed.depth >= 0 else { return nil }
        guard let base = pressed.base else { return pressed }
        let depth = try db.number("SELECT depth FROM content WHERE id = ? AND hash = ?", base, pressed.baseHash)
        return depth == pressed.depth - 1 ? pressed : nil
    }

    /// The watch's own limit, else that for all watches, else this machine's.
    private func trimSnapshots(_ key: Int64, count: Int64) throws -> Int64 {
        let wished = try db.number(
            """
            SELECT coalesce((SELECT settings FROM watch WHERE id = ?) ->> '$.history_snapshot_max_length',
                (SELECT value ->> '$.history_snapshot_max_length' FROM setting WHERE name = 'settings'))
            """, key)
        guard let kept = (wished ?? options.snapshotsKept.map(Int64.init)).map({ max(2, $0) }), count > kept else {
            return count
        }
        try db.run(
            """
            DELETE FROM snapshot WHERE watch = ?1
                AND version <= (SELECT version FROM snapshot WHERE watch = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?2)
            """, key, kept)
        return kept
    }

    private func nextDue(_ dated: DatedOutcome, _ standing: Standing) throws -> Date? {
        switch dated.due {
        case .fixed(let moment): return moment
        case .reckoned(let rule):
            let own = try TagTable.merged(
                db, standing.settings, of: standing.key, hasTags: standing.hasTags, under: settings, memo: memo)
            let plan = CheckPlan(
                of: dated.outcome.watch, number: standing.checkCount + 1, due: standing.nextDue, recordedAt: nil)
            return rule(own, settings, plan)
        }
    }

    private func updateWatch(
        _ outcome: CheckOutcome, _ standing: Standing, _ findings: Findings, nextDue: Date?
    ) throws {
        try statements.run(
            """
            UPDATE watch SET next_due_at = CASE paused WHEN 1 THEN NULL ELSE coalesce(?, next_due_at) END,
                is_asked_for = 0, last_checked_at = ?, last_duration = ?, last_status = ?, check_count = ?, consecutive_failures = ? WHERE id = ?
            """, nextDue, outcome.startedAt, outcome.duration, outcome.status, standing.checkCount + 1,
            findings.failure == nil ? 0 : standing.consecutiveFailures + 1, standing.key)
        if let validators = findings.validators, validators != standing.validators || findings.textChecksum != nil {
            try statements.run(
                """
                UPDATE watch SET etag = ?, last_modified = ?, page_checksum = coalesce(?, page_checksum),
                    text_checksum = coalesce(?, text_checksum), last_read = coalesce(?, last_read) WHERE id = ?
                """, validators.etag, validators.lastModified, validators.pageChecksum, findings.textChecksum,
                outcome.hasRead ? standing.checkCount + 1 : nil, standing.key)
        }
        if findings.result == .changed {
            try db.run("UPDATE watch SET last_changed_at = ? WHERE id = ?", outcome.startedAt, standing.key)
        }
    }

    /// Counts how often in a row no filter found anything; any answer that was looked at ends the row.
    private func countFilterFailures(
        _ failure: CheckFailure?, _ outcome: CheckOutcome, _ standing: Standing
    ) throws {
        let count: Int64
        if failure?.code == .noFilterMatch {
            count = standing.filterFailures + 1
        } else if failure == nil {
            count = 0
        } else {
            return
        }
        if count != standing.filterFailures {
            try db.run("UPDATE watch SET consecutive_filter_failures = ? WHERE id = ?", count, standing.key)
        }
    }

    private func updateFailure(_ standing: Standing, _ findings: Findings) throws {
        guard standing.failure != findings.failure else { return }
        try db.run(
            "UPDATE watch SET last_failure = ?, last_failure_detail = ? WHERE id = ?", findings.failure?.code.rawValue,
            findings.failure?.detail, standing.key)
    }

    /// Keeps the page's title and type, which seldom change and would otherwise move the search index each time.
    private func updateDescription(_ outcome: CheckOutcome, _ standing: Standing) throws {
        if let type = outcome.contentType, type != standing.contentType {
            try db.run("UPDATE watch SET content_type = ? WHERE id = ?", String(type.prefix(200)), standing.key)
        }
        if case .verdict(let verdict) = outcome.result, let has = verdict.hasPriceData.map({ $0 ? 1 : 0 }),
            Int64(has) != standing.hasPriceData
        {
            try db.run("UPDATE watch SET has_price_data = ? WHERE id = ?", has, standing.key)
        }
        guard case .verdict(let verdict) = outcome.result, let title = verdict.title.map({ String($0.prefix(2000)) })
        else { return }
        if title != standing.pageTitle {
            try db.run("UPDATE watch SET page_title = ? WHERE id = ?", title, standing.key)
        }
    }

    /// Leaves the check's record and drops the one that is one too many, which the numbering finds without counting.
    ///
    /// The record of the check that read the page last stays longer, since its steps are why those after it tell
    /// nothing. A check that kept a version has its steps there.
    private func keepRecord(_ outcome: CheckOutcome, _ standing: Standing, _ findings: Findings) throws {
        let number = standing.checkCount + 1
        try statements.run(
            """
            INSERT INTO check_record (watch, number, started_at, duration, status, byte_count, result, failure, failure_detail, trace, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, standing.key, number, outcome.startedAt, outcome.duration, outcome.status, max(0, outcome.byteCount),
            findings.result.rawValue, findings.failure?.code.rawValue, findings.failure?.detail,
            findings.version == nil ? TraceCoding.text(outcome.trace + findings.steps) : nil, findings.version)
        let last = number - Int64(max(1, options.checksKept))
        guard last > 0 else { return }
        let read = outcome.hasRead && standing.revision == outcome.revision ? number : standing.lastRead ?? number
        try statements.run(
            "DELETE FROM check_record WHERE watch = ? AND number <= ? AND number <> ?", standing.key, last, read)
    }
}

extension CheckOutcome {
    /// It looked at the page and not only at its bytes.
    fileprivate var hasRead: Bool {
        guard case .verdict(let verdict) = result else { return false }
        return verdict.decision != .sameBytes
    }

    /// The steps as a version keeps them: with the fetch, since the check's own record goes before the version does.
    fileprivate func versionTrace(_ more: [TraceStep]) -> String? {
        let record = CheckRecord(
            startedAt: startedAt, duration: duration, status: status, byteCount: byteCount, result: .changed,
            failure: nil)
        let fetched = TraceStep.fetched(record, without: trace)
        return TraceCoding.text((fetched.map { [$0] } ?? []) + trace + more)
    }

    /// How the check ended when nothing of it is kept.
    fileprivate var plainResult: CheckResult { failure == nil ? .unchanged : .failed }
}

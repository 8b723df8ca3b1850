public import Domain

/// What a watch is doing right now, as far as the list shows it.
public enum RowActivity: Hashable, Sendable {
    case idle
    case queued
    case checking(CheckStep?)
}

/// What a row says about its watch: a kind for the style sheet, a word, and what there is to add.
///
/// The page's script words the same from a `watch_update` event; a change here is a change there.
struct RowState: Hashable, Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case new, queued, checking, paused, unchanged, changed, failed, first
    }

    let kind: Kind
    let word: String
    let detail: String

    init(_ row: WatchRow, _ activity: RowActivity) {
        switch activity {
        case .checking(let step):
            self.init(.checking, "Checking", step?.text ?? "")
        case .queued:
            self.init(.queued, "Queued", "")
        case .idle where row.paused:
            self.init(.paused, "Paused", "")
        case .idle where row.lastFailure != nil:
            self.init(.failed, "Failed", Self.answer(row))
        case .idle:
            self.init(row)
        }
    }

    private init(_ row: WatchRow) {
        switch row.recent.last?.result {
        case _ where row.lastChecked == nil: self.init(.new, "New", "not checked yet")
        case .changed: self.init(.changed, "Changed", Self.answer(row))
        case .first: self.init(.first, "First version", Self.answer(row))
        case .failed: self.init(.failed, "Failed", Self.answer(row))
        case .unchanged, nil: self.init(.unchanged, "Unchanged", Self.answer(row))
        }
    }

    private init(_ kind: Kind, _ word: String, _ detail: String) {
        self.kind = kind
        self.word = word
        self.detail = detail
    }

    /// The newest answer's status and how long it took.
    private static func answer(_ row: WatchRow) -> String {
        let duration = Moments.duration(row.lastDuration)
        return row.lastStatus.map { "\($0) · \(duration)" } ?? duration
    }
}

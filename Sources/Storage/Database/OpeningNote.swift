/// What a start has found about its database that whoever runs it should know, though nothing keeps it from running.
public enum OpeningNote: Hashable, Sendable, CustomStringConvertible {
    /// There was none; the path of the new one.
    case created(String)
    /// It stands behind where the last run left it.
    case older
    /// It is not the one that ran here last.
    case another
    /// The last run was cut off, and its log is not there; its path.
    case logMissing(String)
    /// The file has more than one name.
    case manyNames(Int)
    /// Nothing can be written now; what SQLite says of it.
    case notWritten(StoreError)

    public var description: String {
        switch self {
        case .created(let path): "No database was found at \(path): a new, empty one was created"
        case .older:
            """
            The database is older than when Turnstone last ran: what was saved since is not in it. That is right after \
            restoring a backup; otherwise changes were lost
            """
        case .another:
            "The database is not the one Turnstone last used at this path. If you did not replace it, check DATABASE_PATH"
        case .logMissing(let path):
            """
            Turnstone was killed when it last ran, and the log \(path) that it then leaves is missing. If another program \
            has opened the database since, nothing is lost; if the log was deleted, the newest changes are lost
            """
        case .manyNames(let count):
            """
            The database file has \(count) names (hard links). Always open it under the same one: its log is found by \
            name, and under another the newest changes are missing
            """
        case .notWritten(let error):
            "Nothing can be saved when Turnstone starts; what is saved already can be read. \(error)"
        }
    }

    /// It is true of the start, and perhaps not any more.
    public var isPassing: Bool {
        if case .notWritten = self { true } else { false }
    }

    /// A new database is what most people want at their first start.
    public var isWarning: Bool {
        if case .created = self { false } else { true }
    }
}

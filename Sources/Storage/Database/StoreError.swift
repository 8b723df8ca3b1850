import GRDB

/// Why the database could not do what was asked, in a sentence that a person who runs it can act on.
///
/// Nothing of the asked change is stored when one is thrown, and the store goes on working when the cause is gone.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The folder or the file cannot be created or written; the path.
    case notWritable(String)
    /// The file is not a database, or not one of ours; the path.
    case notADatabase(String)
    /// A newer Turnstone has migrated the file; the path.
    case newerSchema(String)
    /// Another Turnstone runs on the file; the path.
    case inUse(String)
    /// Another process holds the file for longer than the busy timeout.
    case locked
    /// The disk, or the size that was allowed, is full.
    case full
    /// The disk refuses to read or write, which a quota or a limit of file sizes may be the reason of; SQLite's code.
    case disk(Int)
    /// The file's content is damaged; what SQLite says of it.
    case corrupt(String)
    case closed
    /// A file of the open database is no longer where it was opened.
    case displaced(Displacement)
    /// There is no database, or an empty file, where there was one; what is left of it.
    case missing(MissingDatabase)
    /// The database was deleted while it was open; its path, and that of the copy that was saved at the end.
    case rescued(String, copy: String)
    /// Anything else SQLite reports, with its words.
    case database(String)

    public var description: String {
        switch self {
        case .notWritable(let path):
            "The database \(path) cannot be created or written: its folder and file must belong to the user that runs Turnstone"
        case .notADatabase(let path): "\(path) is not a Turnstone database: move it away or set another DATABASE_PATH"
        case .newerSchema(let path):
            "The database \(path) was written by a newer version of Turnstone: run that version or restore a backup"
        case .inUse(let path):
            "Another Turnstone is using the database \(path): stop it, or set another DATABASE_PATH for this one"
        case .locked: "The database is locked by another process: stop it, or try again"
        case .full: "No space is left for the database: free disk space or raise its limit"
        case .disk(let code):
            "The database could not be read from or written to disk (code \(code)): check the disk, quota and file size limits"
        case .corrupt(let what): "The database is damaged (\(what)): restore a backup"
        case .closed: "The database is closed"
        case .displaced(let what): what.description
        case .missing(let what): what.description
        case .rescued(let path, let copy):
            "The database \(path) was deleted while Turnstone was running. What it held was saved to \(copy): move that to \(path)"
        case .database(let what): "The database failed: \(what)"
        }
    }

    /// The same may succeed later without anything being changed about it: the disk, another process or a person is in
    /// the way.
    public var isPassing: Bool {
        switch self {
        case .locked, .full, .disk, .notWritable, .displaced: true
        case .notADatabase, .newerSchema, .inUse, .corrupt, .closed, .missing, .rescued, .database: false
        }
    }

    /// The disk takes no writes, and what is on it can be read.
    var isDisk: Bool {
        switch self {
        case .full, .disk: true
        default: false
        }
    }

    /// Says in our words what GRDB or SQLite reports; what is not theirs stays what it is, such as an error of a
    /// person's change.
    static func wording(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return worded(error, path: path)
    }

    private static func worded(_ error: DatabaseError, path: String) -> StoreError {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: .locked
        case .SQLITE_FULL: .full
        // What the index of the log needs, a file system without room refuses.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: .full
        case .SQLITE_IOERR: .disk(Int(error.extendedResultCode.rawValue))
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: .notWritable(path)
        case .SQLITE_NOTADB: .notADatabase(path)
        case .SQLITE_CORRUPT: .corrupt(error.message ?? "no details")
        case .SQLITE_MISUSE where error.message == "Connection is closed": .closed
        default: .database(error.message ?? "code \(error.extendedResultCode.rawValue)")
        }
    }
}

extension StoreError {
    /// What `body` reads; nil when that is damaged.
    ///
    /// Any other error is passed on, however little the value is worth: SQLite may have rolled the transaction back
    /// with it, and what followed would be stored statement by statement.
    static func unlessDamaged<Value>(_ body: () throws -> Value?) throws -> Value? {
        do {
            return try body()
        } catch is TextCodec.Failure {
            return nil
        } catch StoreError.corrupt {
            return nil
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return nil
        }
    }
}

/// What tells that there was a database where there is none now, or an empty file.
public enum MissingDatabase: Hashable, Sendable, CustomStringConvertible {
    /// It had so many watches when it ran last; its path.
    case remembered(String, watches: Int)
    /// Its log is there; the database's path.
    case logLeft(String)

    public var description: String {
        switch self {
        case .remembered(let path, let watches):
            """
            The database \(path) is missing or empty, but had \(watches) \(watches == 1 ? "watch" : "watches") when \
            Turnstone last ran: mount its volume or restore a backup. To start with a new, empty one, delete \(path)-lock
            """
        case .logLeft(let path):
            """
            The database \(path) is missing or empty, but its log \(path)-wal is there: restore both from the same \
            backup. To start with a new, empty one, move the log away
            """
        }
    }
}

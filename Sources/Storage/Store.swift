import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The database: every watch, its history and what people set, in one SQLite file that this type alone reads and
/// writes.
///
/// One connection writes, several read beside it and see whole transactions only. Each function is one transaction. A
/// write that was begun is finished even when the task that asked is cancelled, so that an answer and the file never
/// disagree. When a function returns, what it did survives the loss of power: the log is flushed with each commit
/// (`synchronous = FULL`).
///
/// Functions throw `StoreError`, but for what a closure given by the caller throws, which is passed on.
public final class Store: Sendable {
    let pool: DatabasePool
    /// One more reading connection, for `readNow` alone.
    private let quick: DatabaseQueue
    let options: StoreOptions
    let path: String
    let codec: TextCodec
    let settingsMemo = SettingsMemo()
    private let isClosed = Mutex(false)
    /// Kept for as long as the store is open.
    let claim: Mutex<FileClaim?>
    /// Of an exclusive store: whether its files are still where they were opened.
    let files: OpenedFiles?
    /// What the start has found that whoever runs it should know.
    public let notes: [OpeningNote]
    let commits = Atomic<Int>(0)
    /// How many commits were known when the last run was last remembered.
    let remembered = Atomic<Int>(0)

    private init(
        pool: DatabasePool, options: StoreOptions, path: String, claim: FileClaim?, files: OpenedFiles?,
        notes: [OpeningNote]
    ) throws {
        self.pool = pool
        self.claim = Mutex(claim)
        self.files = files
        self.notes = notes
        var reading = Self.configuration(options, files)
        reading.readonly = true
        quick = try DatabaseQueue(path: path, configuration: reading)
        self.options = options
        self.path = path
        codec = try TextCodec(level: options.compressionLevel)
    }

    /// Opens the database at `path`, with its folder and file made when there are none (for their owner only) and
    /// brought to this version's schema.
    ///
    /// An exclusive store claims the file, refuses an empty one where there was a database, and says in `notes` what it
    /// has found.
    public static func open(at path: String, options: StoreOptions = StoreOptions()) throws(StoreError) -> Store {
        do {
            let found = try DatabasePlace.prepare(path, isExclusive: options.isExclusive)
            let files = options.isExclusive ? OpenedFiles(path) : nil
            let pool = try DatabasePool(path: path, configuration: configuration(options, files))
            do {
                try prepareWriter(pool, path: path)
                try migrate(pool, path: path)
                let notes = try begin(pool, found, files, path: path)
                let store = try Store(
                    pool: pool, options: options, path: path, claim: found.claim, files: files, notes: notes)
                if options.isExclusive { try store.openReaders() }
                return store
            } catch {
                try? pool.close()
                throw error
            }
        } catch {
            let worded = StoreError.wording(error, path: path)
            throw worded as? StoreError ?? .database("\(worded)")
        }
    }

    /// Ends all use of the file; what is under way is finished first, what comes later throws `StoreError.closed`.
    ///
    /// Throws `.displaced` when the files are not where they were opened: everything stored is in them, wherever they
    /// are; and `.rescued` when the database was deleted, but a copy could be saved.
    public func close() throws(StoreError) {
        let first = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard first else { return }
        let problem = fileProblem
        do {
            try quick.close()
            let run = ending()
            // Readers first: only a last connection that may write can take the log into the file and remove it.
            pool.invalidateReadOnlyConnections()
            let told = pool.writeWithoutTransaction { db in Self.end(db, problem, path: path) }
            try pool.close()
            files?.release()
            claim.withLock { claim in
                if let run { claim?.remember(run) }
                claim = nil
            }
            if let told { throw told }
        } catch {
            throw StoreError.wording(error, path: path) as? StoreError ?? .database("\(error)")
        }
    }

    /// Reads with one statement that an index answers with a row or a few, on the caller's thread, since changing
    /// threads twice costs more than such a read.
    func readNow<Value>(_ body: (Database) throws -> Value) throws -> Value {
        if isClosed.withLock({ $0 }) { throw StoreError.closed }
        do {
            return try quick.inDatabase { db in
                guard db.sqliteConnection != nil else { throw StoreError.closed }
                return try body(db)
            }
        } catch {
            throw StoreError.wording(error, path: path)
        }
    }

    /// Reads in one transaction, beside writers.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        if isClosed.withLock({ $0 }) { throw StoreError.closed }
        return try await withCheckedThrowingContinuation { continuation in
            pool.asyncRead { [path] access in
                do {
                    continuation.resume(returning: try body(access.get()))
                } catch {
                    continuation.resume(throwing: StoreError.wording(error, path: path))
                }
            }
        }
    }

    /// Writes in one transaction that is on the disk when this returns, or not at all.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withWriter { [self] db in
            var value: Value?
            try db.inTransaction(.immediate) {
                value = try body(db)
                // As late as can be: what is committed now is answered for.
                if let problem = fileProblem { throw problem }
                return .commit
            }
            commits.add(1, ordering: .relaxed)
            guard let value else { throw StoreError.database("a transaction ended without its value") }
            return value
        }
    }

    /// Lends the connection that writes, outside a transaction.
    func withWriter<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        if isClosed.withLock({ $0 }) { throw StoreError.closed }
        return try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [path] db in
                do {
                    // It may have been closed while this waited its turn.
                    guard db.sqliteConnection != nil else { throw StoreError.closed }
                    continuation.resume(returning: try body(db))
                } catch {
                    continuation.resume(throwing: StoreError.wording(error, path: path))
                }
            }
        }
    }
}

// MARK: - Opening

extension Store {
    private static func configuration(_ options: StoreOptions, _ files: OpenedFiles?) -> Configuration {
        var configuration = Configuration()
        configuration.label = "turnstone.store"
        configuration.maximumReaderCount = max(1, options.readers)
        configuration.busyMode = .timeout(Double(options.busyTimeout.microseconds) / 1_000_000)
        // A connection that was opened stays open: its prepared statements are what makes it fast.
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { db in
            // A connection that is opened later may have found another file under the name.
            try files?.check(db)
            // What is sorted or set aside is little, and a file for it would need a descriptor when there may be none.
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            // Without it the release of one content would not reach the content it is a delta of.
            try db.execute(sql: "PRAGMA recursive_triggers = ON")
            let cache = db.configuration.readonly ? options.readerCache : options.writerCache
            try db.execute(sql: "PRAGMA cache_size = -\(max(64, cache >> 10))")
            if db.configuration.readonly { return }
            // Heeded only while the file is still empty; to set it writes a page, for which a full disk has no room.
            if try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") != 2 {
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            // Debian's SQLite overwrites all that is deleted, which doubles the work of a trimmed history.
            try db.execute(sql: "PRAGMA secure_delete = FAST")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(max(100, options.logPages))")
            try db.execute(sql: "PRAGMA journal_size_limit = \(64 << 20)")
            if let most = options.maximumByteCount {
                let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
                try db.execute(sql: "PRAGMA max_page_count = \(max(1, most / max(512, page)))")
            }
        }
        return configuration
    }

    /// Sets what GRDB's pool sets otherwise while it opens: it takes `synchronous` back to NORMAL, which may lose a
    /// commit with the power.
    private static func prepareWriter(_ pool: DatabasePool, path: String) throws {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw StoreError.database("commits cannot be made durable")
            }
        }
    }

    private static func migrate(_ pool: DatabasePool, path: String) throws {
        let migrator = Schema.migrator
        let isCurrent = try pool.writeWithoutTransaction { db in
            if try Int64.fetchOne(db, sql: "PRAGMA application_id") != Schema.applicationID {
                try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            }
            if try migrator.hasBeenSuperseded(db) { throw StoreError.newerSchema(path) }
            return try migrator.hasCompletedMigrations(db)
        }
        if !isCurrent { try migrator.migrate(pool) }
    }
}

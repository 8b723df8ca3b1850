import Foundation
import GRDB
import GRDBSQLite
import Synchronization

extension Store {
    /// What is wrong with the place of the open database's files, of an exclusive store; nil when each is where it was
    /// opened. Costs a few microseconds.
    public var fileProblem: StoreError? { files?.problem() }

    /// Something was stored that the next start could not tell the loss of.
    public var hasUnmarkedCommits: Bool {
        commits.load(ordering: .relaxed) != remembered.load(ordering: .relaxed)
    }

    /// Notes in the database, and beside it, how far it has come: a small write like any other, on the disk when this
    /// returns.
    public func mark() async throws {
        let run = try await write { db in
            LastRun(lineage: try Lineage.advance(db), watches: try Self.watchCount(db), hasEnded: false)
        }
        claim.withLock { $0?.remember(run) }
        remembered.store(commits.load(ordering: .relaxed), ordering: .relaxed)
    }

    /// Takes the log into the database file, so that what was stored no longer needs the log.
    public func checkpoint() async throws {
        try await withWriter { db in _ = try db.checkpoint(.full) }
    }

    private static func watchCount(_ db: Database) throws -> Int {
        Int(clamping: try db.number("SELECT watches FROM totals") ?? 0)
    }
}

// MARK: - The beginning and the end

extension Store {
    /// Begins a run: holds the files, moves the database on by one generation, and answers what the start has found. A
    /// disk that is full keeps nobody from reading.
    static func begin(
        _ pool: DatabasePool, _ found: DatabasePlace, _ files: OpenedFiles?, path: String
    ) throws -> [OpeningNote] {
        guard let claim = found.claim, let files else { return [] }
        try files.hold(realPath: claim.realPath)
        return try pool.writeWithoutTransaction { db in
            try files.check(db)
            var notes = found.notes(try Lineage.read(db), path: path)
            do {
                try db.inTransaction(.immediate) {
                    _ = try Lineage.advance(db)
                    return .commit
                }
            } catch {
                guard let problem = StoreError.wording(error, path: path) as? StoreError, problem.isDisk else {
                    throw error
                }
                notes.append(.notWritten(problem))
            }
            if let run = try lastRun(db) { claim.remember(run) }
            return notes
        }
    }

    private static func lastRun(_ db: Database) throws -> LastRun? {
        guard let lineage = try Lineage.read(db) else { return nil }
        return LastRun(lineage: lineage, watches: try watchCount(db), hasEnded: false)
    }

    /// What the next start is to know when this one has ended well; nil when it cannot be read.
    func ending() -> LastRun? {
        var run = try? pool.writeWithoutTransaction { db in try Self.lastRun(db) }
        run?.hasEnded = true
        return run
    }

    /// Takes the log into the file before the last connection closes; answers what is to be told when the files are not
    /// where they were opened.
    static func end(_ db: Database, _ problem: StoreError?, path: String) -> StoreError? {
        guard case .displaced(let what) = problem else {
            _ = try? db.checkpoint(.truncate)
            return nil
        }
        if what.isLog {
            // All is in the file then, and SQLite removes what stands under the log's name.
            return (try? db.checkpoint(.truncate)) == nil ? problem : nil
        }
        // What stands under the log's name may belong to another database: SQLite is not to remove it.
        var isKept: Int32 = 1
        _ = sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_PERSIST_WAL, &isKept)
        _ = try? db.checkpoint(.truncate)
        guard what.isDeleted, let copy = rescue(db, path) else { return problem }
        return .rescued(path, copy: copy)
    }

    /// Saves what a deleted file holds beside where it was; nil when that cannot be done. Answers the copy's path.
    private static func rescue(_ db: Database, _ path: String) -> String? {
        for number in 1...9 {
            let copy = path + "-rescued" + (number == 1 ? "" : "-\(number)")
            let file = Foundation.open(copy, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
            guard file >= 0 else {
                if errno == EEXIST { continue }
                return nil
            }
            Foundation.close(file)
            do {
                try db.execute(sql: "VACUUM INTO ?", arguments: [copy])
                return copy
            } catch {
                unlink(copy)
                return nil
            }
        }
        return nil
    }

    /// Opens all connections that read, so that none needs a descriptor later, when there may be none left.
    func openReaders() throws {
        let (arrived, leave) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let failure = Mutex<(any Error)?>(nil)
        let count = max(1, options.readers)
        for _ in 0..<count {
            pool.asyncRead { access in
                guard case .failure(let error) = access else {
                    arrived.signal()
                    // Each keeps its connection until all have one.
                    return leave.wait()
                }
                failure.withLock { $0 = error }
                arrived.signal()
            }
        }
        for _ in 0..<count { arrived.wait() }
        for _ in 0..<count { leave.signal() }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

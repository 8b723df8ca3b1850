import Domain
import Foundation
import GRDB
import GRDBSQLite

extension Store {
    /// Free pages given back at a time, some 8 MB, so that whoever wants to write waits for no more than that.
    private static let pagesAtOnce: Int64 = 2000
    /// So many times: half a gigabyte a round; what is beyond stays free for what is written next.
    private static let roundsAtMost = 64

    /// Lets SQLite learn how its rows are spread and gives free pages back to the file system; cheap when there is
    /// little to do.
    public func optimize() async throws {
        try await withWriter { db in
            try db.execute(sql: "PRAGMA analysis_limit = 400; PRAGMA optimize")
            try db.execute(sql: "INSERT INTO watch_search (watch_search, rank) VALUES ('merge', 500)")
        }
        for _ in 0..<Self.roundsAtMost {
            let rest = try await withWriter { db in
                try db.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesAtOnce))")
                return try db.number("PRAGMA freelist_count") ?? 0
            }
            if rest == 0 { break }
        }
        try await withWriter { db in try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
    }

    /// Gives back the memory of page caches and the memo of settings; answers how many bytes the two connections that
    /// stay open let go.
    public func releaseMemory() async throws -> Int {
        settingsMemo.clear()
        let written = try await withWriter { db in db.releasePages() }
        let read = try readNow { db in db.releasePages() }
        // They stay open, since to open one takes a descriptor; each is waited for, which a thread of its own does.
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { [pool] in
                pool.releaseMemory()
                continuation.resume()
            }
        }
        return written + read
    }

    /// How hard commits are pressed onto the disk, as SQLite numbers it: 2 is FULL, which is what `open` sets.
    public func synchronous() async throws -> Int {
        try await withWriter { db in Int(clamping: try db.number("PRAGMA synchronous") ?? 0) }
    }

    /// Writes a complete, compact copy of the database to a new file at `path`, beside readers and writers; only its
    /// owner may read it.
    ///
    /// Throws `StoreError.notWritable` when there is a file at `path`, which it leaves alone.
    public func backup(to path: String) async throws {
        let file = Foundation.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreError.notWritable(path) }
        Foundation.close(file)
        do {
            try await copy(to: path)
        } catch {
            unlink(path)
            throw error
        }
    }

    private func copy(to target: String) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // A connection of its own: inside one of the pool's read transactions VACUUM is refused, and the writer
            // must not wait.
            DispatchQueue.global(qos: .utility).async { [path] in
                do {
                    // Not a read-only one: on such, SQLite 3.40 refuses to vacuum a table with generated columns.
                    var configuration = Configuration()
                    configuration.busyMode = .timeout(5)
                    let source = try DatabaseQueue(path: path, configuration: configuration)
                    try source.inDatabase { db in try db.execute(sql: "VACUUM INTO ?", arguments: [target]) }
                    try source.close()
                    continuation.resume()
                } catch {
                    continuation.resume(throwing: StoreError.wording(error, path: target))
                }
            }
        }
    }
}

extension Database {
    /// Lets go of the page cache but for pages in use; answers by how many bytes it shrank.
    fileprivate func releasePages() -> Int {
        let before = pageBytes
        _ = sqlite3_db_release_memory(sqliteConnection)
        return max(0, before - pageBytes)
    }

    private var pageBytes: Int {
        var now: Int32 = 0
        var most: Int32 = 0
        sqlite3_db_status(sqliteConnection, SQLITE_DBSTATUS_CACHE_USED, &now, &most, 0)
        return Int(now)
    }
}

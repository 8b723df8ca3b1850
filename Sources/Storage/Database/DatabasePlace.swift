import Foundation
import GRDB

/// What stands where a database is to be opened, looked at before SQLite changes anything there.
struct DatabasePlace {
    /// Only of a database that is to be used exclusively.
    let claim: FileClaim?
    let lastRun: LastRun?
    /// There was no file, or an empty one.
    let isNew: Bool
    /// It is one that has a log while it is open, but none that a run which was killed would have left.
    let lacksLog: Bool
    /// How many names the file has.
    let names: Int

    /// A log's header, before any change of the database.
    private static let logHeader = 32

    /// Makes the file when there is none, refuses what is not to be opened, and claims it.
    ///
    /// Refused are files of other programs, and an empty one where there was a database: a volume that is not mounted
    /// is no wish for an empty list, and SQLite would remove the log that belongs to a file that is gone.
    static func prepare(_ path: String, isExclusive: Bool) throws -> DatabasePlace {
        let isMade = try makeFile(at: path)
        do {
            let real = FileClaim.realPath(path) ?? path
            // Before SQLite looks, which makes a log of its own.
            let log = size(of: real + "-wal") ?? 0
            let isNew = size(of: path) ?? 0 == 0
            if isNew, log > logHeader { throw StoreError.missing(.logLeft(path)) }
            let header = try refuseForeignHeader(at: path)
            // Before SQLite opens it: under another name of a file that is in use it would look for another log.
            let claim = isExclusive ? try FileClaim(path) : nil
            if !header.isEmpty { try refuseForeignTables(at: path) }
            // "Database Header", the file format's version: 2 is WAL. https://www.sqlite.org/fileformat2.html
            let usesLog = header.count > 18 && header[18] == 2
            let lastRun = claim?.lastRun
            if isNew, let lastRun, lastRun.watches > 0 {
                throw StoreError.missing(.remembered(path, watches: lastRun.watches))
            }
            return DatabasePlace(
                claim: claim, lastRun: lastRun, isNew: isNew, lacksLog: usesLog && log <= logHeader,
                names: names(of: path))
        } catch {
            if isMade { unlink(FileClaim.realPath(path) ?? path) }
            throw error
        }
    }

    /// What is to be told about the database that was found, which stands at `lineage`.
    func notes(_ lineage: Lineage?, path: String) -> [OpeningNote] {
        if isNew { return [.created(path)] }
        var notes: [OpeningNote] = names > 1 ? [.manyNames(names)] : []
        guard let lastRun else { return notes }
        if lineage?.database != lastRun.lineage.database {
            notes.append(.another)
        } else if let lineage, lineage.generation < lastRun.lineage.generation {
            notes.append(.older)
        }
        if !lastRun.hasEnded, lacksLog { notes.append(.logMissing(path + "-wal")) }
        return notes
    }

    private static func size(of path: String) -> Int? {
        var about = stat()
        return stat(path, &about) == 0 ? Int(about.st_size) : nil
    }

    private static func names(of path: String) -> Int {
        var about = stat()
        return stat(path, &about) == 0 ? Int(about.st_nlink) : 1
    }

    /// Makes an empty file where there is none, which only its owner may read, as SQLite gives its log the file's own
    /// rights; true when it made one.
    private static func makeFile(at path: String) throws -> Bool {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if !FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw StoreError.notWritable(path)
            }
        }
        let isThere = size(of: path) != nil
        let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreError.notWritable(path) }
        close(file)
        return !isThere
    }

    /// Refuses a file that is no database; answers its header, which an empty file has none of.
    private static func refuseForeignHeader(at path: String) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else { throw StoreError.notWritable(path) }
        defer { try? file.close() }
        let header = [UInt8](try file.read(upToCount: 100) ?? Data())
        guard header.isEmpty || (header.count == 100 && header.starts(with: Array("SQLite format 3\0".utf8))) else {
            throw StoreError.notADatabase(path)
        }
        return header
    }

    /// Refuses a database that is not ours before anything, even its journal mode, is changed in it.
    ///
    /// Asked of SQLite, as mark and tables may stand in the log alone after a crash.
    private static func refuseForeignTables(at path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let (mark, tables) = try DatabaseQueue(path: path, configuration: configuration).inDatabase { db in
            (try db.number("PRAGMA application_id"), try db.number("SELECT count(*) FROM sqlite_schema"))
        }
        // A start that was cut short before the mark was written leaves neither mark nor tables.
        guard mark == Schema.applicationID || (mark == 0 && tables == 0) else { throw StoreError.notADatabase(path) }
    }
}

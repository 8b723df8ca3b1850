import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The files of an open database, held open to tell whether their names still mean them.
///
/// SQLite goes on writing into a file that was deleted, moved away or replaced, and into a log of which nobody else
/// knows; all of that would be gone at the end. Compared are device and inode of what is open with those of what the
/// names mean now: four pairs of calls of about a microsecond. Both are asked at the same moment, so a file system that
/// numbers its files anew is no false alarm.
final class OpenedFiles: Sendable {
    private struct File {
        let path: String
        let descriptor: Int32
    }

    /// As it was configured; a link that means another file now is a replaced database too.
    private let path: String
    private let held = Mutex<[File]>([])

    init(_ path: String) {
        self.path = path
    }

    deinit { release() }

    /// Begins to compare; the database must be open, so that its log is there.
    func hold(realPath: String) throws {
        var files: [File] = []
        for name in [path, realPath + "-wal", realPath + "-shm"] {
            let descriptor = open(name, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                for file in files { close(file.descriptor) }
                throw StoreError.notWritable(name)
            }
            files.append(File(path: name, descriptor: descriptor))
        }
        held.withLock { $0 = files }
    }

    /// Ends it. Closing a descriptor of a database ends SQLite's locks on it in this process, so this comes after the
    /// last connection is closed.
    func release() {
        let files = held.withLock { held in
            defer { held = [] }
            return held
        }
        for file in files { close(file.descriptor) }
    }

    /// What is wrong with the place of the files; nil when each is where it was opened.
    func problem() -> StoreError? {
        held.withLock { files in
            for (index, file) in files.enumerated() {
                var opened = stat()
                var named = stat()
                guard fstat(file.descriptor, &opened) == 0 else { continue }
                let isThere = stat(file.path, &named) == 0
                let isSame = isThere && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
                // A database in use is never empty; its log may be.
                let isEmptied = isSame && index == 0 && opened.st_size == 0
                if isSame, !isEmptied { continue }
                return .displaced(
                    Displacement(
                        path: file.path, isLog: index > 0, isReplaced: isThere && !isSame,
                        isDeleted: opened.st_nlink == 0, isEmptied: isEmptied,
                        whereabouts: opened.st_nlink > 0 ? Self.name(of: file.descriptor) : nil))
            }
            return nil
        }
    }

    /// The name under which an open file is found now; nil where the system does not say.
    private static func name(of descriptor: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
    }

    /// Refuses a connection that was opened by name while that meant another file.
    func check(_ db: Database) throws {
        if let problem = problem() { throw problem }
        var hasMoved: Int32 = 0
        guard sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved) == SQLITE_OK,
            hasMoved == 0
        else { throw StoreError.notWritable(path) }
    }
}

/// A file of the database whose name no longer means it.
public struct Displacement: Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// The log or its index, not the database file.
    public let isLog: Bool
    /// There is another file under its name.
    public let isReplaced: Bool
    /// It has no name any more.
    public let isDeleted: Bool
    /// It is where it was, and nothing is in it any more.
    public let isEmptied: Bool
    /// Where it is now, if it was moved and the system says where to.
    public let whereabouts: String?

    public var description: String {
        if isLog {
            return """
                The file \(path) of the database was deleted or replaced while Turnstone is running: restart Turnstone, \
                which then keeps everything saved so far. Nothing is saved until then
                """
        }
        if isEmptied {
            return """
                The database \(path) was emptied while Turnstone is running: stop Turnstone, and put a backup in its \
                place. Nothing is saved until then
                """
        }
        if isDeleted {
            return """
                The database \(path) was deleted\(isReplaced ? " and replaced" : "") while Turnstone is running: stop \
                Turnstone, which then tries to save a copy beside it. Nothing is saved until then
                """
        }
        let place = whereabouts.map { " (it is at \($0))" } ?? ""
        return isReplaced
            ? """
            Another file took the place of the database \(path) while Turnstone is running\(place): put the old one back, \
            or restart Turnstone to use the new one. Nothing is saved until then
            """
            : """
            The database \(path) was moved away while Turnstone is running\(place): put it back, or stop Turnstone. \
            Nothing is saved until then
            """
    }
}

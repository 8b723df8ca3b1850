import Foundation
import Glibc

/// One process's claim to run on a database file, which ends with the process or the value (flock(2)).
///
/// SQLite's own locks let many processes write in turn, but two programs on one database would check every watch twice.
/// Claimed are two things: a file beside the database, by the name that is left when all links are followed, and the
/// database file itself, so that another name of it (a hard link, a mounted file) is no way around. Beside the database
/// it is also remembered how the last run left it (`LastRun`).
final class FileClaim: Sendable {
    /// The database's name with all links followed, which is the one SQLite goes by.
    let realPath: String
    private let lock: Int32
    private let database: Int32

    /// Throws `StoreError.inUse` while another process or value holds the claim. The file must be there.
    init(_ path: String) throws {
        guard let real = Self.realPath(path) else { throw StoreError.notWritable(path) }
        realPath = real
        lock = open(real + "-lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        // Closing any descriptor of a database ends SQLite's own locks in this process (fcntl(2)); this one is closed
        // after all of SQLite's.
        database = open(real, O_RDONLY | O_CLOEXEC)
        // The value is whole, so `deinit` comes even when this gives up. To close here as well would close what another
        // thread has opened meanwhile.
        guard lock >= 0, database >= 0 else { throw StoreError.notWritable(path) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, !Self.isLockedElsewhere(database, real) else {
            throw StoreError.inUse(path)
        }
    }

    deinit {
        for descriptor in [lock, database] where descriptor >= 0 { close(descriptor) }
    }

    /// The name of a file that is there, with all links followed.
    static func realPath(_ path: String) -> String? {
        guard let name = realpath(path, nil) else { return nil }
        defer { free(name) }
        return String(cString: name)
    }

    /// Elsewhere (NFS, SMB) flock(2) is made of the locks that SQLite takes, and to claim the database file itself
    /// would lock SQLite out of it.
    private static func isLockedElsewhere(_ database: Int32, _ path: String) -> Bool {
        guard FileSystem.isLocal(path) else { return false }
        return flock(database, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}

// MARK: - The last run

extension FileClaim {
    /// How the last run left the database; nil when nothing is known.
    var lastRun: LastRun? {
        var bytes = [UInt8](repeating: 0, count: LastRun.size)
        let count = pread(lock, &bytes, bytes.count, 0)
        return count > 0 ? LastRun(String(decoding: bytes.prefix(count), as: UTF8.self)) : nil
    }

    /// Remembers it for the next start. Always as long, so that a full disk does not refuse it; what cannot be
    /// remembered harms nothing but what the next start can tell.
    func remember(_ run: LastRun) {
        let bytes = Array(run.description.utf8)
        _ = pwrite(lock, bytes, bytes.count, 0)
    }
}

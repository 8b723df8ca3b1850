import Foundation
import Glibc

/// One process's claim to run on a database file, which ends with the process or the value (flock(2)).
///
/// SQLite's own locks let many processes write in turn, but two programs on one database would check every watch twice.
final class FileClaim: Sendable {
    private let descriptor: Int32

    /// Throws `StoreError.inUse` while another process or value holds the claim.
    init(_ path: String) throws {
        // Not the database file itself: closing any descriptor of it would end SQLite's locks in this process
        // (fcntl(2)).
        // Its name beside the file itself, so that who comes by a link claims the same.
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        descriptor = open(file + "-lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError.notWritable(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError.inUse(path)
        }
    }

    deinit {
        close(descriptor)
    }
}

import Foundation
import Glibc
import Storage

/// The demonstration's database, which is made anew at each start.
///
/// It is known by its API key, which begins as no other does: only what an earlier demonstration made is ever deleted.
enum DemoDatabase {
    private static let mark = "demonstration-"
    private static let endings = ["", "-wal", "-shm"]

    /// Deletes an earlier demonstration's database and leaves an empty one; a file that is anything else, or that
    /// another process has open, stays as it is and ends the program with a sentence.
    static func makeAnew(_ configuration: Configuration) async throws {
        let path = configuration.databasePath
        do {
            if FileManager.default.fileExists(atPath: path) {
                if isOpenElsewhere(path) { throw refusal(configuration, "another process is using it") }
                guard try await isDemonstration(path) else {
                    throw refusal(configuration, "it was not created by a demo and would be deleted")
                }
                for ending in endings + ["-lock"] { try? FileManager.default.removeItem(atPath: path + ending) }
            }
            let store = try Store.open(at: path, options: StoreOptions())
            try await store.setAPIKey(mark + Program.newAPIKey())
            try store.close()
        } catch let error as StoreError {
            throw refusal(configuration, "\(error)")
        }
    }

    private static func refusal(_ configuration: Configuration, _ why: String) -> Start.Failure {
        Start.Failure(configuration.refusal(of: "DEMO_DATABASE_PATH", because: why))
    }

    private static func isDemonstration(_ path: String) async throws -> Bool {
        let store = try Store.open(at: path, options: StoreOptions())
        let key = try await store.apiKey(generate: Program.newAPIKey)
        try store.close()
        return key.hasPrefix(mark)
    }

    /// SQLite holds locks on the file or its shared memory for as long as a database in WAL mode is open.
    private static func isOpenElsewhere(_ path: String) -> Bool {
        endings.contains { ending in
            let file = open(path + ending, O_RDWR | O_CLOEXEC)
            guard file >= 0 else { return false }
            defer { close(file) }
            var lock = flock()
            lock.l_type = Int16(F_WRLCK)
            lock.l_whence = Int16(SEEK_SET)
            return fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
        }
    }
}

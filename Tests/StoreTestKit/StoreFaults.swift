import FaultVFS
import GRDBSQLite
import Synchronization

/// Lets one call of SQLite on the files of one folder fail, once, below everything of ours.
///
/// The layer lies under every database that is opened in this process after the first of these was made; only those in
/// the folder are counted, and only while they are armed and not paused.
package final class StoreFaults: Sendable {
    /// What a call is, and how it fails.
    package struct Fault: Sendable, CustomStringConvertible {
        let call: Int32
        let code: Int32
        package let description: String

        private init(_ call: fault_vfs_call, _ code: Int32, _ description: String) {
            self.call = Int32(call.rawValue)
            self.code = code
            self.description = description
        }

        package static let write = Fault(FAULT_VFS_WRITE, SQLITE_IOERR | 3 << 8, "a write fails")
        package static let fullDisk = Fault(FAULT_VFS_WRITE, SQLITE_FULL, "the disk is full")
        package static let sync = Fault(FAULT_VFS_SYNC, SQLITE_IOERR | 4 << 8, "a flush fails")
        package static let open = Fault(FAULT_VFS_OPEN, SQLITE_CANTOPEN, "a file cannot be opened")
        package static let read = Fault(FAULT_VFS_READ, SQLITE_IOERR | 1 << 8, "a read fails")
        package static let truncate = Fault(FAULT_VFS_TRUNCATE, SQLITE_IOERR | 6 << 8, "a file cannot be cut")
        package static let size = Fault(FAULT_VFS_SIZE, SQLITE_IOERR | 7 << 8, "a size cannot be asked")
        package static let lock = Fault(FAULT_VFS_LOCK, SQLITE_IOERR | 15 << 8, "a lock fails")
        package static let sharedMemory = Fault(FAULT_VFS_SHM_MAP, SQLITE_IOERR | 21 << 8, "no shared memory")
        package static let sharedLock = Fault(FAULT_VFS_SHM_LOCK, SQLITE_IOERR | 20 << 8, "a lock of the log fails")
        package static let delete = Fault(FAULT_VFS_DELETE, SQLITE_IOERR | 10 << 8, "a file cannot be deleted")
        package static let access = Fault(FAULT_VFS_ACCESS, SQLITE_IOERR | 13 << 8, "a file cannot be looked at")

        package static let all = [
            write, fullDisk, sync, open, read, truncate, size, lock, sharedMemory, sharedLock, delete, access,
        ]
    }

    private struct State {
        var fault: Fault?
        /// Which of the calls fails; the first is 1.
        var target = 0
        var seen = 0
        var isHit = false
        var pauses = 0
    }

    /// Told apart by the beginning of a file's name.
    private let prefix: String
    private let state = Mutex(State())

    private static let known = Mutex<[StoreFaults]>([])

    /// `folder` as SQLite names it, with links followed.
    package init(in folder: String) {
        prefix = folder.hasSuffix("/") ? folder : folder + "/"
        let code = fault_vfs_install { call, name in name.map { StoreFaults.judge(call, String(cString: $0)) } ?? 0 }
        precondition(code == SQLITE_OK, "the layer under SQLite cannot be installed")
        Self.known.withLock { $0.append(self) }
    }

    /// Ends all counting in the folder.
    package func remove() {
        Self.known.withLock { $0.removeAll { $0 === self } }
    }

    private static func judge(_ call: Int32, _ name: String) -> Int32 {
        let faults = known.withLock { $0.first { name.hasPrefix($0.prefix) } }
        return faults?.judge(call) ?? SQLITE_OK
    }

    private func judge(_ call: Int32) -> Int32 {
        state.withLock { state in
            guard let fault = state.fault, fault.call == call, state.pauses == 0, !state.isHit else { return SQLITE_OK }
            state.seen += 1
            guard state.seen == state.target else { return SQLITE_OK }
            state.isHit = true
            return fault.code
        }
    }

    /// The `number`th call of its kind from now on fails, and no other.
    package func arm(_ fault: Fault, at number: Int) {
        state.withLock { $0 = State(fault: fault, target: number, pauses: $0.pauses) }
    }

    /// Lets everything go well again; true when the fault has happened.
    @discardableResult
    package func disarm() -> Bool {
        state.withLock { state in
            defer { state = State(pauses: state.pauses) }
            return state.isHit
        }
    }

    /// The fault has happened.
    package var isHit: Bool { state.withLock { $0.isHit } }

    /// Neither counts nor fails what happens meanwhile, on any thread.
    package func paused<Value>(_ body: () throws -> Value) rethrows -> Value {
        state.withLock { $0.pauses += 1 }
        defer { state.withLock { $0.pauses -= 1 } }
        return try body()
    }

    /// As the other one.
    package func paused<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        state.withLock { $0.pauses += 1 }
        defer { state.withLock { $0.pauses -= 1 } }
        return try await body()
    }
}

import CAllocator
import Foundation
public import Storage

/// Gives memory back that is kept for speed only: the database's page caches and what the allocator holds free.
public struct MemoryRelease: Sendable {
    /// How much the process had in memory before and after, in bytes.
    struct Released: Sendable {
        let before: Int
        let after: Int
        var bytes: Int { max(0, before - after) }
    }

    private let store: Store
    private let releaseCaches: @Sendable () -> Void

    /// `releaseCaches` drops what other parts keep for speed.
    public init(store: Store, releaseCaches: @escaping @Sendable () -> Void) {
        self.store = store
        self.releaseCaches = releaseCaches
    }

    func release() async throws -> Released {
        let before = Self.residentBytes()
        releaseCaches()
        _ = try await store.releaseMemory()
        _ = turnstone_malloc_trim()
        return Released(before: before, after: Self.residentBytes())
    }

    /// The process's resident set from the kernel (proc(5), statm, second field, in pages); 0 when it cannot be read.
    static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}

import CAllocator
import Foundation
public import Storage

/// Gives memory back that is kept for speed only: the database's page caches and what the allocator holds free.
public struct MemoryRelease: Sendable {
    /// How much the process had in memory before and after, in bytes.
    public struct Released: Sendable {
        public let before: Int
        public let after: Int
        public var bytes: Int { max(0, before - after) }
    }

    private let store: Store
    private let releaseCaches: @Sendable () -> Void

    /// `releaseCaches` drops what other parts keep for speed.
    public init(store: Store, releaseCaches: @escaping @Sendable () -> Void) {
        self.store = store
        self.releaseCaches = releaseCaches
    }

    public func release() async throws -> Released {
        let before = Self.residentBytes()
        releaseCaches()
        _ = try await store.releaseMemory()
        Self.trim()
        return Released(before: before, after: Self.residentBytes())
    }

    /// Gives back only what the allocator holds free: nothing has to be read or made anew for it.
    static func trim() {
        _ = turnstone_malloc_trim()
    }

    /// The process's resident set from the kernel (proc(5), statm, second field, in pages); 0 when it cannot be read.
    public static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}

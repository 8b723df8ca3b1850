import Glibc

/// How many files and connections the system lets this process have open at once.
enum OpenFiles {
    /// More than this nobody needs, and child processes may walk through all of them.
    private static let most: rlim_t = 1_048_576

    /// Raises the limit that is in force (often 1,024) to the one that the system allows; returns the one in force
    /// then.
    @discardableResult
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        let wanted = min(limit.rlim_max, most)
        if wanted > limit.rlim_cur {
            var raised = limit
            raised.rlim_cur = wanted
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Keeps what is open from programs that are started later, the system's own for crash reports among them: one that
    /// outlives us would keep our port.
    static func keepFromPrograms() {
        guard let folder = opendir("/proc/self/fd") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            // Safety: the name is a text that ends in a zero byte, and lies in the entry until the next is read.
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            guard let descriptor = CInt(name), descriptor > STDERR_FILENO else { continue }
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    /// How many of `limit` are kept for the database, for what a request opens, and to tell newcomers that there is no
    /// room.
    static func reserve(of limit: Int) -> Int { min(256, max(32, limit / 8)) }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}

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

    /// How many of `limit` are kept for the database, for what a request opens, and to tell newcomers that there is no
    /// room.
    static func reserve(of limit: Int) -> Int { min(256, max(32, limit / 8)) }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}

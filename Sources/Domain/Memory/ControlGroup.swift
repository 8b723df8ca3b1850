/// The control group that bounds the memory of this process: its own, or the one of those around it with the least
/// (cgroups(7); the kernel's admin-guide/cgroup-v2 and cgroup-v1/memory).
struct ControlGroup: Sendable {
    /// How much the group may have, in bytes.
    let limit: Int
    private let usage: ProcFile
    private let statistics: ProcFile
    private let isVersion2: Bool

    /// What the kernel takes back before it kills: pages of files, and caches of names.
    private static let reclaimable = ["inactive_file", "active_file", "slab_reclaimable"]

    /// Looks below `root`, where the groups are mounted, for what `membership`, the text of /proc/self/cgroup, names;
    /// nil when nothing there has a limit.
    init?(membership: String, root: String = "/sys/fs/cgroup") {
        let candidates = membership.split(separator: "\n").flatMap { Self.candidates(String($0), root) }
        guard let least = candidates.min(by: { $0.limit < $1.limit }) else { return nil }
        self = least
    }

    private init?(folder: String, isVersion2: Bool) {
        let names =
            isVersion2 ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes")
        guard let limit = ProcFile(folder + "/" + names.0)?.number(), limit > 0,
            let usage = ProcFile(folder + "/" + names.1), let statistics = ProcFile(folder + "/memory.stat")
        else { return nil }
        self.limit = limit
        self.usage = usage
        self.statistics = statistics
        self.isVersion2 = isVersion2
    }

    /// The groups of one line, `hierarchy:controllers:path`, from the process's own to the outermost. Inside of a
    /// container the path may be one that only the machine outside knows; the mounted root is the container's then.
    private static func candidates(_ line: String, _ root: String) -> [ControlGroup] {
        let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return [] }
        let isVersion2 = parts[0] == "0" && parts[1].isEmpty
        guard isVersion2 || parts[1].split(separator: ",").contains("memory") else { return [] }
        var folders = parts[2].split(separator: "/").reduce(into: [""]) { $0.append($0[$0.count - 1] + "/" + $1) }
        folders.reverse()
        let roots = isVersion2 ? [root, root + "/unified"] : [root + "/memory"]
        return roots.flatMap { root in
            folders.compactMap { ControlGroup(folder: root + $0, isVersion2: isVersion2) }
        }
    }

    /// What the group has that the kernel cannot take back, in bytes.
    var used: Int {
        let statistics = statistics.text()
        var used = usage.number() ?? 0
        for line in statistics.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let bytes = Int(parts[1]) else { continue }
            // Version 1 counts groups inside under names of their own.
            if isVersion2 ? Self.reclaimable.contains(String(parts[0])) : Self.reclaimable.contains(inner(parts[0])) {
                used -= bytes
            }
        }
        return max(0, used)
    }

    private func inner(_ name: Substring) -> String {
        name.hasPrefix("total_") ? String(name.dropFirst("total_".count)) : ""
    }
}

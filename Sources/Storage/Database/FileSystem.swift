import Foundation

/// What kind of file system a file lies on, from the kernel's list of mounts (proc(5), mountinfo).
enum FileSystem {
    /// Those on which flock(2) and fcntl(2) know nothing of each other's locks.
    private static let local: Set<Substring> = [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "tmpfs", "overlay",
    ]

    /// Whether the file with that name, in which no link is left, lies on one of this machine's own; false when that
    /// is not known.
    static func isLocal(_ path: String) -> Bool {
        guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return false }
        return isLocal(path, mounts)
    }

    /// As the other one, by that list.
    static func isLocal(_ path: String, _ mounts: String) -> Bool {
        var nearest: (place: Int, kind: Substring)?
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
            let point = words[4] == "/" ? "" : unescaped(words[4])
            guard path.hasPrefix(point + "/"), point.utf8.count >= nearest?.place ?? 0 else { continue }
            nearest = (point.utf8.count, words[dash + 1])
        }
        return nearest.map { local.contains($0.kind) } ?? false
    }

    /// A mount point as it is; blanks, line ends and backslashes in it are written as octal numbers.
    private static func unescaped(_ point: Substring) -> String {
        var text = String(point)
        for (code, character) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
            text.replace(code, with: character)
        }
        return text
    }
}

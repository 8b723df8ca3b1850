import Glibc

/// What the memory of the program is measured by, and how much of it there is.
public struct MemoryMeasure: Sendable {
    /// Of a limited group, as in a container, the program takes so much: the rest is for what it starts, for the
    /// kernel's buffers, and for what comes between two looks.
    private static let shareOfGroup = 0.75
    /// A machine is shared with its owner's other programs.
    private static let shareOfMachine = 0.5

    /// So many bytes the program may use where nobody says otherwise; `Int.max` where nothing says what there is.
    public let standard: Int
    private let group: ControlGroup?
    private let statistics = ProcFile("/proc/self/statm")

    /// Looks at this process's control group and at the machine.
    public init() {
        self.init(
            membership: ProcFile.text(of: "/proc/self/cgroup") ?? "", root: "/sys/fs/cgroup",
            machine: ProcFile.text(of: "/proc/meminfo") ?? "")
    }

    init(membership: String, root: String, machine: String) {
        let total = Self.total(machine)
        let group = ControlGroup(membership: membership, root: root).flatMap { $0.limit < total ? $0 : nil }
        let ofGroup = group.map { Int(Double($0.limit) * Self.shareOfGroup) } ?? .max
        let ofMachine = total == .max ? .max : Int(Double(total) * Self.shareOfMachine)
        standard = min(ofGroup, ofMachine)
        // What is measured is what the budget is of: in a group that is larger, others' memory is none of ours.
        self.group = ofGroup <= ofMachine ? group : nil
    }

    /// The bytes in use that the kernel cannot take back: the program's own, or its whole group's where that is what
    /// is limited.
    public func used() -> Int {
        max(Self.own(statistics?.text() ?? ""), group?.used ?? 0)
    }

    /// The resident set without pages of files (proc(5), statm: the second field less the third, in pages).
    static func own(_ statistics: String) -> Int {
        let fields = statistics.split(separator: " ").prefix(3).compactMap { Int($0) }
        guard fields.count == 3 else { return 0 }
        return max(0, fields[1] - fields[2]) * sysconf(CInt(_SC_PAGESIZE))
    }

    /// `MemTotal` of /proc/meminfo.
    private static func total(_ machine: String) -> Int {
        for line in machine.split(separator: "\n") where line.hasPrefix("MemTotal:") {
            if let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) {
                return kilobytes * 1_024
            }
        }
        return .max
    }
}

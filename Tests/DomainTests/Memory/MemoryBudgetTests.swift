import Foundation
import Synchronization
import Testing

@testable import Domain

/// What is in use and what time it is, as a test says.
private final class Scales: Sendable {
    private let state = Mutex((used: 0, now: Duration.zero, looks: 0))

    func set(_ used: Int) { state.withLock { $0.used = used } }
    func pass(_ time: Duration) { state.withLock { $0.now += time } }
    var looks: Int { state.withLock { $0.looks } }

    func budget(of bytes: Int) -> MemoryBudget {
        MemoryBudget(
            bytes: bytes,
            measure: {
                self.state.withLock {
                    $0.looks += 1
                    return $0.used
                }
            },
            uptime: { self.state.withLock { $0.now } })
    }
}

@Suite("The budget of memory")
struct MemoryBudgetTests {
    @Test(
        "from 80 percent on the pressure is high, from all of it on critical",
        arguments: [
            (0, MemoryBudget.Pressure.none), (799, .none), (800, .high), (999, .high), (1_000, .critical),
            (5_000, .critical),
        ])
    func pressure(used: Int, pressure: MemoryBudget.Pressure) {
        let scales = Scales()
        scales.set(used)
        #expect(scales.budget(of: 1_000).pressure == pressure)
    }

    @Test("it measures once however many ask, and again after a tenth of a second")
    func freshness() {
        let scales = Scales()
        let budget = scales.budget(of: 1_000)
        for _ in 0..<100 { #expect(budget.hasRoom(for: 1_000)) }
        scales.set(900)
        scales.pass(.milliseconds(99))
        #expect(budget.pressure == .none && scales.looks == 1)
        scales.pass(.milliseconds(1))
        #expect(budget.pressure == .high && scales.looks == 2)
        scales.set(0)
        #expect(budget.refresh() == .none && scales.looks == 3)
    }

    @Test("two who ask at once are not promised the same room, and what they use then does not count twice")
    func reservations() {
        let scales = Scales()
        scales.set(200)
        let budget = scales.budget(of: 1_000)
        var first = budget.reserve(500)
        #expect(first?.bytes == 500)
        #expect(!budget.hasRoom(for: 400) && budget.hasRoom(for: 300))
        #expect(budget.reserve(400) == nil)
        scales.set(700)
        scales.pass(.seconds(1))
        #expect(budget.hasRoom(for: 300), "of the 500 all are used, not 500 more promised")
        #expect(budget.couldHold(800) && !budget.couldHold(801), "as if nobody had reserved any")
        first = nil
        scales.set(200)
        scales.pass(.seconds(1))
        #expect(budget.reserve(800) != nil)
    }

    @Test("while there is always somebody who has reserved, what others use is seen, and what they give back")
    func overlapping() {
        let scales = Scales()
        scales.set(200)
        let budget = scales.budget(of: 1_000)
        var last = budget.reserve(100)
        for used in [300, 960] {
            scales.set(used)
            scales.pass(.seconds(1))
            let next = budget.reserve(50)
            #expect((next != nil) == (used == 300), "\(used)")
            if next != nil { last = next }
        }
        #expect(budget.hasRoom(for: 40))
        scales.set(250)
        scales.pass(.seconds(1))
        #expect(budget.hasRoom(for: 700) && !budget.hasRoom(for: 701))
        #expect(last?.bytes == 50)
    }

    @Test("what fits beside an idle program is never too much, whatever is in memory now")
    func couldHold() {
        let scales = Scales()
        scales.set(100)
        let budget = scales.budget(of: 1_000)
        #expect(budget.pressure == .none)
        scales.set(950)
        scales.pass(.seconds(1))
        #expect(!budget.hasRoom(for: 900) && budget.couldHold(900) && !budget.couldHold(901))
    }

    @Test("who listens hears how it stands, and each change")
    func changes() async {
        let scales = Scales()
        let budget = scales.budget(of: 1_000)
        var changes = budget.changes().makeAsyncIterator()
        #expect(await changes.next() == MemoryBudget.Pressure.none)
        scales.set(1_200)
        budget.refresh()
        #expect(await changes.next() == .critical)
        scales.set(850)
        budget.refresh()
        #expect(await changes.next() == .high)
    }

    @Test("the kernel's numbers are read: this process uses some megabytes, and there is a budget")
    func real() {
        let budget = MemoryBudget()
        #expect(budget.used > 1_000_000 && budget.used < 100_000_000_000)
        #expect(budget.bytes > 10_000_000)
    }

    @Test("pages of files are the kernel's to take back")
    func ownMemory() {
        let page = sysconf(Int32(_SC_PAGESIZE))
        #expect(MemoryMeasure.own("9000 500 200 30 0 700 0\n") == 300 * page)
        #expect(MemoryMeasure.own("") == 0)
    }
}

@Suite("What the memory of the program is bounded by")
struct MemoryMeasureTests {
    private static let machine = "MemTotal:       1000000 kB\nMemFree:        9 kB\n"
    private static let total = 1_024_000_000

    /// Runs `body` with a folder in which `files` are.
    private func withGroups(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "groups-\(UUID())")
        defer { try? FileManager.default.removeItem(at: root) }
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try body(root.path)
    }

    @Test("without a limited group it is half of the machine, and without a machine that says so there is no bound")
    func machine() {
        let half = MemoryMeasure(membership: "0::/\n", root: "/nowhere", machine: Self.machine)
        #expect(half.standard == Self.total / 2)
        #expect(MemoryMeasure(membership: "", root: "/nowhere", machine: "").standard == .max)
    }

    @Test("in a group of version 2 the least limit of those around it counts, and what the group uses beside caches")
    func version2() throws {
        let stat = "anon 1\nfile 400\ninactive_file 100\nactive_file 20\nslab_reclaimable 3\n"
        try withGroups([
            "a/memory.max": "400000000\n", "a/memory.current": "300000123\n", "a/memory.stat": stat,
            "a/b/memory.max": "max\n", "a/b/memory.current": "7\n", "a/b/memory.stat": stat,
        ]) { root in
            let measure = MemoryMeasure(membership: "0::/a/b/c\n", root: root, machine: Self.machine)
            #expect(measure.standard == 300_000_000)
            #expect(measure.used() == 300_000_000)
        }
    }

    @Test("version 1 has other names, and a container's path may be one of the machine outside")
    func version1() throws {
        try withGroups([
            "memory/memory.limit_in_bytes": "500000000\n", "memory/memory.usage_in_bytes": "490000000\n",
            "memory/memory.stat": "inactive_file 5\ntotal_inactive_file 10000000\ntotal_active_file 1\n",
        ]) { root in
            let measure = MemoryMeasure(
                membership: "9:name=systemd:/\n4:memory,cpu:/docker/0123\n0::/\n", root: root, machine: Self.machine)
            #expect(measure.standard == 375_000_000)
            // More than this process has itself, which counts too.
            #expect(measure.used() == 479_999_999)
        }
    }

    @Test("a group that may have more than half of the machine is none of ours to measure")
    func wideGroup() throws {
        try withGroups([
            "memory.max": "900000000\n", "memory.current": "800000000000\n", "memory.stat": "",
        ]) { root in
            let measure = MemoryMeasure(membership: "0::/\n", root: root, machine: Self.machine)
            #expect(measure.standard == Self.total / 2)
            #expect(measure.used() < 800_000_000_000)
        }
    }

    @Test(
        "sizes are read as people write them",
        arguments: [
            ("1048576", 1_048_576), ("512M", 536_870_912), ("512m", 536_870_912), ("2 GB", 2_147_483_648),
            ("1.5GiB", 1_610_612_736), ("64k", 65_536), ("10b", 10), ("", nil), ("M", nil), ("-1M", nil), ("1X", nil),
            ("1e9", nil), ("99999999999T", nil), ("NaN", nil), ("1..5M", nil),
        ])
    func sizes(text: String, bytes: Int?) {
        #expect(ByteSize.parse(text) == bytes)
    }

    @Test("sizes are written shortly")
    func writtenSizes() {
        #expect([100, 1_024, 536_870_912, 1_610_612_736].map(ByteSize.text) == ["100", "1K", "512M", "1.5G"])
    }
}

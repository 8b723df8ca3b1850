public import Domain
import Foundation
import Glibc
import Synchronization

/// Says, even when the program is killed, which checks were being worked on: a file beside the database, mapped into
/// memory, with a slot for each.
///
/// A page may be of a kind that kills whoever looks at it (by memory, or by a fault of ours), and its check is due
/// again at the next start. `left` is what was being worked on when the last program ended without clearing it: their
/// watches are suspects (`Store.suspect`), checked last and alone. To mark costs two stores into memory, no system
/// call: the kernel keeps the file's pages when the process dies. A machine that loses power may lose them; then nobody
/// was killed by a page.
public final class WorkMarks: Sendable {
    /// A slot's number, to be cleared with.
    public struct Mark: Sendable {
        fileprivate let slot: Int
    }

    private static let slotBytes = 16
    /// More than workers can be; whoever finds none free goes unmarked.
    static let slots = 2048

    /// What was being worked on when the last program ended.
    public let left: [WatchID]

    private let map: Map
    private struct Slots {
        var free: [Int] = []
        /// Those of `left`, which stay as they are until that is stored elsewhere.
        var left: [Int] = []
    }

    private let slots: Mutex<Slots>

    /// The mapped file.
    // Safety: a slot's bytes are written only by who has its number, which is free or somebody's; see `slots`.
    private struct Map: @unchecked Sendable {
        let start: UnsafeMutableRawPointer
    }

    /// nil when the file cannot be made or mapped: then nothing is marked.
    public init?(at path: String) {
        let size = Self.slots * Self.slotBytes
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Blocks are taken now, since a full disk would end the process at the first store into a hole (SIGBUS).
        guard posix_fallocate(descriptor, 0, off_t(size)) == 0,
            let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), start != MAP_FAILED
        else { return nil }
        map = Map(start: start)
        var found = Slots()
        var left: [WatchID] = []
        for slot in (0..<Self.slots).reversed() {
            guard let watch = Self.watch(in: slot, start) else {
                found.free.append(slot)
                continue
            }
            left.append(watch)
            found.left.append(slot)
        }
        self.left = left
        slots = Mutex(found)
    }

    deinit {
        munmap(map.start, Self.slots * Self.slotBytes)
    }

    private static func watch(in slot: Int, _ start: UnsafeMutableRawPointer) -> WatchID? {
        // Safety: a slot lies within the map, and any 16 bytes are a UUID.
        let uuid = UUID(uuid: start.loadUnaligned(fromByteOffset: slot * slotBytes, as: uuid_t.self))
        return uuid == none ? nil : WatchID(uuid)
    }

    private static let none = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    /// Forgets what was left, once that is stored elsewhere, and what is worked on when the program stops as it was
    /// asked to.
    public func clear() {
        // Safety: the map is this long; who writes into a slot at the same time writes whole bytes of its own.
        memset(map.start, 0, Self.slots * Self.slotBytes)
        slots.withLock { slots in
            slots.free += slots.left
            slots.left = []
        }
    }

    /// Says that the watch's check is worked on from now on; nil when all slots are taken.
    func begin(_ watch: WatchID) -> Mark? {
        guard let slot = slots.withLock({ $0.free.popLast() }) else { return nil }
        // Safety: the slot is ours until it is given back, and lies within the map.
        map.start.storeBytes(of: watch.uuid.uuid, toByteOffset: slot * Self.slotBytes, as: uuid_t.self)
        return Mark(slot: slot)
    }

    func end(_ mark: Mark) {
        // Safety: as above.
        map.start.storeBytes(of: Self.none.uuid, toByteOffset: mark.slot * Self.slotBytes, as: uuid_t.self)
        slots.withLock { $0.free.append(mark.slot) }
    }
}

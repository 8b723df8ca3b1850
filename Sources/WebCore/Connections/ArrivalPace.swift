import NIOCore
import Synchronization

/// How much of a request has come since when, written by its event loop and read by all.
final class ArrivalPace: Sendable {
    /// Who has sent too little for so long is stalling; less says nothing yet.
    static let patience = TimeAmount.seconds(2)

    private let start = Atomic<UInt64>(0)
    private let bytes = Atomic<Int>(0)

    /// Measures anew from `now`.
    func begin(at now: NIODeadline) {
        bytes.store(0, ordering: .relaxed)
        start.store(now.uptimeNanoseconds, ordering: .relaxed)
    }

    /// `count` more bytes have come.
    func add(_ count: Int) {
        bytes.wrappingAdd(count, ordering: .relaxed)
    }

    /// Whether less than `least` bytes a second have come.
    func isSlow(_ now: NIODeadline, least: Int) -> Bool {
        let span = now - NIODeadline.uptimeNanoseconds(start.load(ordering: .relaxed))
        return Double(bytes.load(ordering: .relaxed)) < Double(least) * Double(span.nanoseconds) / 1e9
    }

    /// Whether it has been slow for long enough to count on no more.
    func isStalling(_ now: NIODeadline, least: Int) -> Bool {
        let start = NIODeadline.uptimeNanoseconds(start.load(ordering: .relaxed))
        return now - start >= Self.patience && isSlow(now, least: least)
    }
}

import Synchronization

/// How many bytes of bodies all transfers together may hold while they come in, whoever's client they run on.
///
/// When there are more, the large ones pay: a transfer whose own body is beyond `small` is ended and may be tried
/// later. So what comes in at once is at most `bytes`, and `small` for each transfer.
public final class BodyAllowance: Sendable, Hashable {
    /// A body up to here is never in the way.
    public static let small = 1_048_576
    /// Everything that comes.
    public static let unlimited = BodyAllowance(.max)

    public let bytes: Int
    private let held = Atomic<Int>(0)

    public init(_ bytes: Int) {
        self.bytes = bytes
    }

    /// Counts `count` more bytes of a body that has `length` without them; false when it is to be ended.
    func take(_ count: Int, of length: Int) -> Bool {
        let all = held.add(count, ordering: .relaxed).newValue
        return all <= bytes || length + count <= Self.small
    }

    func giveBack(_ count: Int) { held.subtract(count, ordering: .relaxed) }

    public static func == (one: BodyAllowance, other: BodyAllowance) -> Bool { one === other }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

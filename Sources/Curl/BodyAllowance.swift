import Synchronization

/// How many bytes of bodies may be in memory, from their first byte until whoever asked for them lets go of them,
/// whoever's client they came by.
///
/// When there are more, the large ones pay: a transfer whose own body is beyond `small` is ended and may be tried
/// later. So what is there at once is at most `bytes`, and `small` for each body.
public final class BodyAllowance: Sendable, Hashable {
    /// The bytes of one body, counted as long as this lives.
    public final class Share: Sendable {
        private let allowance: BodyAllowance
        private let count = Atomic<Int>(0)

        fileprivate init(of allowance: BodyAllowance) {
            self.allowance = allowance
        }

        deinit {
            allowance.held.subtract(count.load(ordering: .relaxed), ordering: .relaxed)
        }

        /// Counts `more` bytes; false when the transfer is to be ended.
        func take(_ more: Int) -> Bool {
            let length = count.add(more, ordering: .relaxed).newValue
            let all = allowance.held.add(more, ordering: .relaxed).newValue
            return all <= allowance.bytes || length <= BodyAllowance.small
        }
    }

    /// A body up to here is never in the way.
    public static let small = 1_048_576
    /// Everything that comes.
    public static let unlimited = BodyAllowance(.max)

    public let bytes: Int
    private let held = Atomic<Int>(0)

    public init(_ bytes: Int) {
        self.bytes = bytes
    }

    /// The bytes of all bodies that are there.
    public var taken: Int { held.load(ordering: .relaxed) }

    /// The share of a body that begins.
    func share() -> Share { Share(of: self) }

    public static func == (one: BodyAllowance, other: BodyAllowance) -> Bool { one === other }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

import Synchronization

/// Lets one task sleep until a moment or until somebody rings, whichever comes first.
///
/// A ring while nobody sleeps is kept: the next sleep ends at once. So nothing is missed between looking and sleeping.
final class Alarm: Sendable {
    private let rings: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation

    init() {
        (rings, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func ring() {
        ringer.yield()
    }

    /// Returns after `duration` of `clock`, at a ring, or when the task is cancelled.
    func sleep(_ duration: Duration, on clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await clock.sleep(for: duration) }
            group.addTask { [rings] in for await _ in rings { break } }
            await group.next()
            group.cancelAll()
        }
    }
}

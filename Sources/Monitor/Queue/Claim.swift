public import Domain
public import Foundation

/// One worker's right to check one watch, lent by the queue until it is ended or its lease runs out.
///
/// ```
///            claim                    outcome handed over          stored
///   waiting ───────► with a worker ──────────────────────► with ──────────► ended  (finish)
///      ▲              │  │  │  ▲ └─┘ each step and each     the
///      │              │  │  │  └──── beat begins the        recorder ──┐
///      │              │  │  └─ not wanted any more, gone ──────────────┼─► ended  (finish)
///      ├── giveBack ──┘  └─ nobody says anything for a lease: lost ◄───┘
///      └── rescue ──────────────────────────┘
/// ```
/// One owner ends it: `Recorder`, which hears from workers what became of their checks. `Rescuer` begins leases anew
/// for who lives and takes back what nobody extends. A lost claim's worker may still come with an outcome; its token
/// tells it apart, and it is dropped: neither stored nor announced.
public struct Claim: Hashable, Sendable, Codable {
    public let check: QueuedCheck
    /// Told apart from an older claim of the same watch.
    let token: UInt64
    /// By the wall clock, for people; leases do not go by it.
    public let claimedAt: Date
}

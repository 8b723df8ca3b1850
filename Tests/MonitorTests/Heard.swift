import Domain
import Foundation
import Logging
import Synchronization

@testable import Monitor

/// What a test has heard on the bus.
final class Heard: Sendable {
    let changes = Mutex<[WatchChange]>([])
}

/// What a queue has announced.
final class Announced: Sendable {
    private let list = Mutex<[QueueChange]>([])

    var changes: [QueueChange] { list.withLock { $0 } }

    @Sendable
    func note(_ change: QueueChange) {
        list.withLock { $0.append(change) }
    }
}

/// From when on the scheduler was told to look again.
final class Woken: Sendable {
    let moments = Mutex<[Date]>([])

    @Sendable
    func note(_ moment: Date) {
        moments.withLock { $0.append(moment) }
    }
}

extension QueueCounts {
    /// How many wait, and how many run.
    var pair: (Int, Int) { (length, running) }
}

extension CheckQueue {
    /// What a pool of workers calls with claims whose checks were not done.
    @Sendable
    func take(_ claim: Claim) async { await giveBack(claim) }
}

enum Loggers {
    /// Says nothing.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

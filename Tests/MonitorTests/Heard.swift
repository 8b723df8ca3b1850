import Domain
import Foundation
import Logging
import Synchronization

/// What a test has heard on the bus.
final class Heard: Sendable {
    let changes = Mutex<[WatchChange]>([])
}

/// From when on the scheduler was told to look again.
final class Woken: Sendable {
    let moments = Mutex<[Date]>([])

    @Sendable
    func note(_ moment: Date) {
        moments.withLock { $0.append(moment) }
    }
}

enum Loggers {
    /// Says nothing.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

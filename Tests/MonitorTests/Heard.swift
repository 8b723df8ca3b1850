import Domain
import Logging
import Synchronization

/// What a test has heard on the bus.
final class Heard: Sendable {
    let changes = Mutex<[WatchChange]>([])
}

enum Loggers {
    /// Says nothing.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

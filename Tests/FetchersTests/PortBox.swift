import Synchronization

/// Lets servers that are made before one another's ports are known find each other.
final class PortBox: Sendable {
    private let ports = Mutex((home: 0, other: 0))

    var home: Int { ports.withLock { $0.home } }
    var other: Int { ports.withLock { $0.other } }

    func set(home: Int, other: Int) {
        ports.withLock { $0 = (home, other) }
    }
}

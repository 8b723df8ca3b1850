import Logging

/// Writes into the log when a server goes away and when it is back, once each.
final class LinkDiary {
    private let name: String
    private let logger: Logger?
    private var isAway = false

    init(_ name: String, _ logger: Logger?) {
        self.name = name
        self.logger = logger
    }

    func note(_ state: LinkState) {
        switch state {
        case .away(_, let failure) where !isAway:
            isAway = true
            logger?.warning("A server is away", metadata: ["server": "\(name)", "reason": "\(failure)"])
        case .connected where isAway:
            isAway = false
            logger?.notice("A server is back", metadata: ["server": "\(name)"])
        default: break
        }
    }
}

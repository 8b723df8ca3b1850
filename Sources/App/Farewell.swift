import Logging
import Synchronization

/// What could not be done when the program stopped, for its exit status and its last words.
final class Farewell: Sendable {
    private let notes = Mutex<[String]>([])
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    func note(_ text: String) {
        logger.error("\(text)")
        notes.withLock { $0.append(text) }
    }

    /// Results of checks that nobody has stored.
    func lost(_ count: Int, because reason: String?) {
        let results = count == 1 ? "1 check result" : "\(count) check results"
        let watches = count == 1 ? "Its watch is" : "Their watches are"
        note(
            """
            \(results) could not be saved\(reason.map { ": \($0)" } ?? ""). \(watches) checked again after the next start; \
            everything saved before is stored
            """)
    }

    /// What ends the program with status 1; nil when all is stored.
    var failure: Start.Failure? {
        let notes = notes.withLock { $0 }
        return notes.isEmpty ? nil : Start.Failure("Turnstone has stopped, but: " + notes.joined(separator: ". "))
    }
}

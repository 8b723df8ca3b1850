import Logging
import Synchronization

/// Keeps what is logged.
final class LinesLogged: Sendable {
    private let lines = Mutex<[String]>([])

    /// `message who=…` and what else a line says, in the order of its names.
    var all: [String] { lines.withLock { $0 } }

    var writer: any LogHandler { Writer(log: self) }

    private struct Writer: LogHandler {
        let log: LinesLogged
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .info

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let words = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.lines.withLock { $0.append(([event.message.description] + words).joined(separator: " ")) }
        }
    }
}

import Logging
import Synchronization
import Testing

@testable import WebCore

/// Keeps what is logged.
private final class Lines: Sendable {
    let all = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Keeper(lines: self) } }

    private struct Keeper: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            lines.all.withLock { $0.append("\(event.level) \(event.message) \(details)") }
        }
    }
}

@Suite("The log of refusals")
struct RefusalLogTests {
    @Test("one line a second of each kind, which says how many were left out, in printable characters only")
    func limits() {
        let lines = Lines()
        let time = Mutex(ContinuousClock.now)
        let log = RefusalLog(lines.logger) { time.withLock { $0 } }
        for index in 0..<5 {
            log.note(
                .foreignSite, [("host", "h\(index)\r\nfake=line"), ("origin", String(repeating: "é", count: 900))])
        }
        log.note(.foreignName, [("host", "")])
        time.withLock { $0 += .seconds(1) }
        log.note(.foreignSite, [("host", "later")])
        let all = lines.all.withLock { $0 }
        #expect(all.count == 3)
        let origin = String(repeating: "?", count: 100)
        #expect(all[0] == "warning refused a request from another site host=h0??fake=line origin=\(origin)")
        #expect(all[1].hasSuffix("host=-"))
        #expect(all[2].hasSuffix("host=later suppressed=4"))
    }
}

public import Logging
import Synchronization

/// Tells the log of requests that were refused for what they are, at most one line a second of each kind, so that who
/// sends many cannot fill a disk.
public final class RefusalLog: Sendable {
    /// What was refused.
    package enum Kind: String, Sendable {
        case foreignSite = "refused a request from another site"
        case foreignName = "refused a request for a host name that is not allowed (see ALLOWED_HOSTS)"
        case overload = "refused a request because there was no room for it"
    }

    private struct Line {
        var at: ContinuousClock.Instant
        var suppressed = 0
    }

    private static let distance: Duration = .seconds(1)
    /// The longest text that a line quotes of a request.
    private static let longest = 100

    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let lines = Mutex<[Kind: Line]>([:])

    public convenience init(_ logger: Logger) {
        self.init(logger) { ContinuousClock.now }
    }

    init(_ logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.logger = logger
        self.now = now
    }

    /// Notes a refusal with what the request said of itself, shortened and without what is not printable.
    package func note(_ kind: Kind, _ details: @autoclosure () -> [(String, String)]) {
        let now = now()
        let suppressed: Int? = lines.withLock { lines in
            if let last = lines[kind], now - last.at < Self.distance {
                lines[kind]?.suppressed += 1
                return nil
            }
            let suppressed = lines[kind]?.suppressed ?? 0
            lines[kind] = Line(at: now)
            return suppressed
        }
        guard let suppressed else { return }
        var metadata: Logger.Metadata = [:]
        for (name, value) in details() { metadata[name] = "\(Self.printable(value))" }
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.warning("\(kind.rawValue)", metadata: metadata)
    }

    /// The first bytes of `text`, with a question mark for each that is not a visible ASCII character.
    static func printable(_ text: String) -> String {
        let bytes = text.utf8.prefix(longest).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return bytes.isEmpty ? "-" : String(decoding: bytes, as: UTF8.self)
    }
}

public import Logging

/// Logs nothing, and says when the last who held its logger is gone: how tests see that nothing was left behind.
public struct FarewellLog: LogHandler {
    private final class Farewell: Sendable {
        let say: @Sendable () -> Void

        init(_ say: @escaping @Sendable () -> Void) {
            self.say = say
        }

        deinit {
            say()
        }
    }

    private let farewell: Farewell
    public var metadata = Logger.Metadata()
    public var logLevel = Logger.Level.critical

    public static func logger(_ say: @escaping @Sendable () -> Void) -> Logger {
        let log = FarewellLog(farewell: Farewell(say))
        return Logger(label: "farewell") { _ in log }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {}
}

public import Foundation

/// What the program says of itself.
public struct About: Sendable {
    public let version: String
    public let startedAt: Date
    /// As configured; nil when it is not said.
    public let baseURL: String?

    public init(version: String, startedAt: Date, baseURL: String?) {
        self.version = version
        self.startedAt = startedAt
        self.baseURL = baseURL
    }
}

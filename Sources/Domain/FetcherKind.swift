/// By what a page is fetched, under changedetection.io's name for it.
///
/// Workers have slots for each kind, so that pages which take a slow kind (a browser) never hold up those of a quick
/// one. An open set: a machine that joins with a fetcher of its own names its kind.
public struct FetcherKind: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    /// A request over HTTP, without running the page's scripts.
    public static let plain = FetcherKind(rawValue: "html_requests")

    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public var description: String { rawValue }
}

import Foundation

/// What may be chosen about a `Store`; every limit it keeps is here.
public struct StoreOptions: Sendable {
    /// Check records kept of each watch; older ones go with each new one.
    public var checksKept = 100
    /// Snapshots kept of each watch, at least two; nil keeps all.
    public var snapshotsKept: Int?
    /// Of how many of a watch's newest versions the body is kept as it was fetched; 0 keeps none.
    public var bodiesKept = 2
    /// Of how many of a watch's newest versions the picture is kept, at least one, with which the next is compared.
    public var picturesKept = 20
    /// Records of edits kept of all watches, tags and settings together; older ones go with each new one.
    public var editsKept = 100_000
    /// Connections that read beside the one that writes.
    public var readers = 4
    /// Page cache of the connection that writes, in bytes.
    public var writerCache = 8 << 20
    /// Page cache of each connection that reads, in bytes.
    public var readerCache = 2 << 20
    /// Pages in the log before they are moved into the file. A page that many checks touch is moved once, so more is
    /// less work; a start after a crash reads them all.
    public var logPages = 4000
    /// How long another process may hold the file before `StoreError.locked`.
    public var busyTimeout: Duration = .seconds(5)
    /// The most the database file may grow to, in bytes; nil leaves it to the disk. Beyond it changes fail with
    /// `StoreError.full`.
    public var maximumByteCount: Int?
    /// How many deltas may lie between a text and a whole one, 1 to 64: the most steps that reading one takes.
    public var longestChain = 16
    /// Refuses a database that another store with this option has open, in this process or another.
    public var isExclusive = false
    /// zstd's level for texts, 1 to 19.
    public var compressionLevel = 3
    /// Tells the host and port of an address as the per-host limits count them; empty when there is none.
    public var hostOf: @Sendable (String) -> String = StoreOptions.host(of:)

    public init() {}

    /// The host in lower case with its port, if one is written; empty when `url` has no host.
    public static func host(of url: String) -> String {
        let address = url.lowercased().hasPrefix("source:") ? String(url.dropFirst(7)) : url
        guard let parts = URLComponents(string: address), let host = parts.host else { return "" }
        guard let port = parts.port else { return host.lowercased() }
        return "\(host.lowercased()):\(port)"
    }
}

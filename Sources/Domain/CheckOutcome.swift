public import Foundation

/// All that one check found, good or bad; success and failure are recorded by the same function.
public struct CheckOutcome: Hashable, Sendable {
    public enum Result: Hashable, Sendable {
        /// The server says so itself (304).
        case notModified
        case verdict(Verdict)
        case failed(CheckFailure)
    }

    public let watch: WatchID
    /// The revision of the job it was found under.
    public let revision: Int64
    public let startedAt: Date
    public var duration: Duration
    public var status: Int?
    /// Length of the body after content decoding.
    public var byteCount: Int
    public var contentType: String?
    public var etag: String?
    public var lastModified: String?
    /// The server asks to be left alone until then.
    public var retryAfter: Date?
    public var result: Result
    /// The body of a page whose text is new, to be kept beside it.
    public var body: [UInt8]?
    /// What each step of detection did, up to the one that failed; empty when the page was not read.
    public var trace: [TraceStep] = []

    public init(
        watch: WatchID, revision: Int64, startedAt: Date, duration: Duration, status: Int? = nil, byteCount: Int = 0,
        contentType: String? = nil, etag: String? = nil, lastModified: String? = nil, retryAfter: Date? = nil,
        result: Result
    ) {
        self.watch = watch
        self.revision = revision
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.byteCount = byteCount
        self.contentType = contentType
        self.etag = etag
        self.lastModified = lastModified
        self.retryAfter = retryAfter
        self.result = result
    }

    /// Why the check found nothing to compare; nil when it did.
    public var failure: CheckFailure? {
        if case .failed(let failure) = result { failure } else { nil }
    }

    /// How many bytes of texts, bodies and pictures it carries.
    public var contentBytes: Int {
        guard case .verdict(let verdict) = result else { return body?.count ?? 0 }
        return verdict.contentBytes + (body?.count ?? 0)
    }
}

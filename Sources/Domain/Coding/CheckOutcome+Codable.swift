public import Foundation

extension CheckOutcome {
    /// Reads what `encoded` wrote, on whatever machine; throws when it is of another version, too large or damaged.
    public init(encoded data: Data) throws(CheckCodingError) {
        self = try CheckCoding.decode(CheckOutcome.self, from: data)
    }

    /// The outcome for another machine; throws when it is larger than `CheckCoding.mostBytes`.
    public func encoded() throws(CheckCodingError) -> Data {
        try CheckCoding.encode(self, contentBytes: contentBytes)
    }
}

extension CheckOutcome: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, watch, revision, status, etag, body, trace, verdict, failure
        case startedAt = "started"
        case duration = "nanoseconds"
        case byteCount = "bytes"
        case contentType = "type"
        case lastModified = "last_modified"
        case retryAfter = "retry_after"
    }

    /// An outcome has a verdict or a failure; with neither the page was not modified.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try box.checkVersion(.format)
        var result = Result.notModified
        if let verdict = try box.decodeIfPresent(Verdict.self, forKey: .verdict) { result = .verdict(verdict) }
        if let failure = try box.decodeIfPresent(CheckFailure.self, forKey: .failure) { result = .failed(failure) }
        self.init(
            watch: try box.decode(WatchID.self, forKey: .watch),
            revision: try box.decode(Int64.self, forKey: .revision),
            startedAt: try box.decode(Date.self, forKey: .startedAt),
            duration: .nanoseconds(try box.decode(Int64.self, forKey: .duration)),
            status: try box.decodeIfPresent(Int.self, forKey: .status),
            byteCount: try box.decode(Int.self, forKey: .byteCount),
            contentType: try box.decodeIfPresent(String.self, forKey: .contentType),
            etag: try box.decodeIfPresent(String.self, forKey: .etag),
            lastModified: try box.decodeIfPresent(String.self, forKey: .lastModified),
            retryAfter: try box.decodeIfPresent(Date.self, forKey: .retryAfter), result: result)
        body = try box.bytesIfPresent(.body)
        trace = try box.decodeIfPresent([TraceStep].self, forKey: .trace) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(CheckCoding.version, forKey: .format)
        try box.encode(watch, forKey: .watch)
        try box.encode(revision, forKey: .revision)
        try box.encode(startedAt, forKey: .startedAt)
        // A clock's own unit; 292 years fit. Not by a quotient of durations, which is a Double.
        let parts = duration.components
        let nanoseconds = Int128(parts.seconds) * 1_000_000_000 + Int128(parts.attoseconds / 1_000_000_000)
        try box.encode(Int64(clamping: nanoseconds), forKey: .duration)
        try box.encodeIfPresent(status, forKey: .status)
        try box.encode(byteCount, forKey: .byteCount)
        try box.encodeIfPresent(contentType, forKey: .contentType)
        try box.encodeIfPresent(etag, forKey: .etag)
        try box.encodeIfPresent(lastModified, forKey: .lastModified)
        try box.encodeIfPresent(retryAfter, forKey: .retryAfter)
        try box.encode(bytes: body, forKey: .body)
        if !trace.isEmpty { try box.encode(trace, forKey: .trace) }
        switch result {
        case .notModified: break
        case .verdict(let verdict): try box.encode(verdict, forKey: .verdict)
        case .failed(let failure): try box.encode(failure, forKey: .failure)
        }
    }
}

extension CheckFailure: Codable {
    private enum CodingKeys: String, CodingKey {
        case code, detail
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try box.decode(Code.self, forKey: .code), try box.decodeIfPresent(String.self, forKey: .detail))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(code, forKey: .code)
        try box.encodeIfPresent(detail, forKey: .detail)
    }
}

public import Foundation

extension CheckJob {
    /// Reads what `encoded` wrote, on whatever machine; throws when it is of another version, too large or damaged.
    public init(encoded data: Data) throws(CheckCodingError) {
        self = try CheckCoding.decode(CheckJob.self, from: data)
    }

    /// The job for another machine; throws when it is larger than `CheckCoding.mostBytes`.
    public func encoded() throws(CheckCodingError) -> Data {
        try CheckCoding.encode(self, contentBytes: previous.contentBytes)
    }
}

extension CheckJob: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, watch, url, revision, moment, kind, settings, shared, previous
        case consecutiveFailures = "failures"
        case nextDue = "due"
        case mustBeAlone = "alone"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try box.checkVersion(.format)
        self.init(
            watch: try box.decode(WatchID.self, forKey: .watch), url: try box.decode(String.self, forKey: .url),
            revision: try box.decode(Int64.self, forKey: .revision), moment: try box.decode(Date.self, forKey: .moment),
            kind: try box.decode(FetcherKind.self, forKey: .kind),
            settings: try box.decode(WatchSettings.self, forKey: .settings),
            shared: try box.decode(Settings.self, forKey: .shared),
            previous: try box.decode(PreviousCheck.self, forKey: .previous),
            consecutiveFailures: try box.decode(Int.self, forKey: .consecutiveFailures),
            nextDue: try box.decodeIfPresent(Date.self, forKey: .nextDue),
            mustBeAlone: try box.decodeIfPresent(Bool.self, forKey: .mustBeAlone) ?? false)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(CheckCoding.version, forKey: .format)
        try box.encode(watch, forKey: .watch)
        try box.encode(url, forKey: .url)
        try box.encode(revision, forKey: .revision)
        try box.encode(moment, forKey: .moment)
        try box.encode(kind, forKey: .kind)
        try box.encode(settings, forKey: .settings)
        try box.encode(shared, forKey: .shared)
        try box.encode(previous, forKey: .previous)
        try box.encode(consecutiveFailures, forKey: .consecutiveFailures)
        try box.encodeIfPresent(nextDue, forKey: .nextDue)
        if mustBeAlone { try box.encode(true, forKey: .mustBeAlone) }
    }
}

extension PreviousCheck: Codable {
    private enum CodingKeys: String, CodingKey {
        case etag
        case lastModified = "last_modified"
        case pageChecksum = "page"
        case textChecksum = "text"
        case lastText = "last_text"
        case snapshotText = "snapshot_text"
        case offerTold = "offer_told"
        case offerSeen = "offer_seen"
        case picture
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            etag: try box.decodeIfPresent(String.self, forKey: .etag),
            lastModified: try box.decodeIfPresent(String.self, forKey: .lastModified),
            pageChecksum: try box.decodeIfPresent(Checksum.self, forKey: .pageChecksum),
            textChecksum: try box.decodeIfPresent(Checksum.self, forKey: .textChecksum))
        lastText = try box.bytesIfPresent(.lastText)
        snapshotText = try box.bytesIfPresent(.snapshotText)
        offerTold = try box.decodeIfPresent(Offer.self, forKey: .offerTold)
        offerSeen = try box.decodeIfPresent(Offer.self, forKey: .offerSeen)
        picture = try box.decodeIfPresent(Picture.self, forKey: .picture)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encodeIfPresent(etag, forKey: .etag)
        try box.encodeIfPresent(lastModified, forKey: .lastModified)
        try box.encodeIfPresent(pageChecksum, forKey: .pageChecksum)
        try box.encodeIfPresent(textChecksum, forKey: .textChecksum)
        try box.encode(bytes: lastText, forKey: .lastText)
        try box.encode(bytes: snapshotText, forKey: .snapshotText)
        try box.encodeIfPresent(offerTold, forKey: .offerTold)
        try box.encodeIfPresent(offerSeen, forKey: .offerSeen)
        try box.encodeIfPresent(picture, forKey: .picture)
    }
}

extension Checksum: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(bytes: try Blob(from: decoder).bytes)
    }

    public func encode(to encoder: any Encoder) throws {
        try Blob(bytes).encode(to: encoder)
    }
}

extension Picture: Codable {
    private enum CodingKeys: String, CodingKey {
        case mediaType = "type"
        case width, height, bytes
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            mediaType: try box.decode(String.self, forKey: .mediaType),
            width: try box.decode(Int.self, forKey: .width), height: try box.decode(Int.self, forKey: .height),
            bytes: try box.bytes(.bytes))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(mediaType, forKey: .mediaType)
        try box.encode(width, forKey: .width)
        try box.encode(height, forKey: .height)
        try box.encode(bytes: bytes, forKey: .bytes)
    }
}

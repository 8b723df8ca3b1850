public import Foundation

/// Names one thing of a kind for its whole life, in the database, the API and on the socket.
///
/// Printed as a canonical lower-case hyphenated UUID, as changedetection.io's API does. Inlined where it is used, since
/// a set or a dictionary of another module would otherwise ask a generic function for each hash.
@frozen
public struct Identifier<Kind>: Hashable, Sendable, Codable, CustomStringConvertible {
    public let uuid: UUID

    /// Makes a new random identifier.
    @inlinable
    public init() {
        uuid = UUID.random()
    }

    @inlinable
    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the hyphenated form, in upper or lower case; nil for anything else.
    @inlinable
    public init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    @inlinable public var description: String { uuid.uuidString.lowercased() }

    @inlinable
    public static func == (one: Self, other: Self) -> Bool { one.uuid == other.uuid }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        // As two words: a hasher takes bytes one by one, and a check asks for its watch's hash ten times.
        // Safety: a UUID is sixteen bytes without padding, and so are two words.
        let words = unsafeBitCast(uuid.uuid, to: (UInt64, UInt64).self)
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    public init(from decoder: any Decoder) throws {
        uuid = try UUID(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

public typealias WatchID = Identifier<Watch>

/// Names a tag, a group of watches.
public typealias TagID = Identifier<Tag>

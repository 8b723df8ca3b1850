public import Foundation

/// Names one watch for its whole life, in the database, the API and on the socket.
///
/// Printed as a canonical lower-case hyphenated UUID, as changedetection.io's API does.
public struct WatchID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let uuid: UUID

    /// Makes a new random identifier.
    public init() {
        uuid = UUID()
    }

    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the hyphenated form, in upper or lower case; nil for anything else.
    public init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    public var description: String { uuid.uuidString.lowercased() }

    public init(from decoder: any Decoder) throws {
        uuid = try UUID(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

/// Names one tag (a group of watches) for its whole life.
public struct TagID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let uuid: UUID

    /// Makes a new random identifier.
    public init() {
        uuid = UUID()
    }

    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the hyphenated form, in upper or lower case; nil for anything else.
    public init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    public var description: String { uuid.uuidString.lowercased() }

    public init(from decoder: any Decoder) throws {
        uuid = try UUID(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

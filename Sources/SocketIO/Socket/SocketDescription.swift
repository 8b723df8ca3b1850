import EngineIO
import Foundation
public import NIOCore
import NIOHTTP1

/// What can be told of a socket to another process.
public struct SocketDescription: Sendable, Equatable {
    public let id: String
    /// The rooms it is in; its own identifier is the first.
    public let rooms: [String]
    /// A JSON object: headers, time, address, xdomain, secure, issued, url, query, auth.
    public let handshake: ByteBuffer
    /// A JSON object: the values whose keys are `SharedSocketKey`s, by their names.
    public let data: ByteBuffer

    public init(id: String, rooms: [String], handshake: ByteBuffer, data: ByteBuffer) {
        self.id = id
        self.rooms = rooms
        self.handshake = handshake
        self.data = data
    }

    /// Decodes the value that the socket's process keeps under a key; nil when there is none.
    public func value<Key: SharedSocketKey>(_ key: Key.Type) throws -> Key.Value? {
        try JSONDecoder().decode(SharedValue<Key>.self, from: Data(data.readableBytesView)).value
    }
}

/// One member of an object whose other members may be anything.
private struct SharedValue<Key: SharedSocketKey>: Decodable {
    let value: Key.Value?

    struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Name.self)
        value = try object.decodeIfPresent(Key.Value.self, forKey: Name(stringValue: Key.name))
    }
}

/// A socket of this process or of another, found by `BroadcastTarget.fetchSockets`.
public struct RemoteSocket: Sendable {
    public let description: SocketDescription
    public let namespace: Namespace

    public var id: String { description.id }

    /// The way to it, for events, rooms and the end.
    public var target: BroadcastTarget { namespace.to(id) }
}

extension Handshake {
    /// The handshake as other servers of Socket.IO tell it.
    var json: ByteBuffer {
        var text = ByteBuffer(string: #"{"headers":"#)
        Self.write(headers.map { ($0.name.lowercased(), $0.value) }, to: &text)
        let time = issued.ISO8601Format()
        text.writeString(#","time":"# + JSONText.quoted(time))
        text.writeString(#","address":"# + JSONText.quoted(request.remoteAddress?.ipAddress ?? ""))
        text.writeString(#","xdomain":\#(headers.contains(name: "origin")),"secure":false"#)
        text.writeString(#","issued":\#(Int(issued.timeIntervalSince1970 * 1000))"#)
        text.writeString(#","url":"# + JSONText.quoted(request.uri) + #","query":"#)
        Self.write(request.query, to: &text)
        text.writeString(#","auth":"#)
        text.writeImmutableBuffer(auth ?? ByteBuffer(string: "{}"))
        text.writeString("}")
        return text
    }

    private static func write(_ pairs: [(name: String, value: String)], to text: inout ByteBuffer) {
        var seen: Set<String> = []
        text.writeString("{")
        for (name, value) in pairs where seen.insert(name).inserted {
            if seen.count > 1 { text.writeString(",") }
            text.writeString(JSONText.quoted(name) + ":" + JSONText.quoted(value))
        }
        text.writeString("}")
    }
}

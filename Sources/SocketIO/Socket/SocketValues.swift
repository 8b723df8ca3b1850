import EngineIO
import Foundation
import NIOCore

/// Types a value that an application keeps with a socket: `enum User: SocketKey { typealias Value = UserID }`.
public protocol SocketKey {
    associatedtype Value: Sendable
}

/// A key whose value other processes may read, under `name`, from what `fetchSockets` tells.
public protocol SharedSocketKey: SocketKey where Value: Codable {
    static var name: String { get }
}

/// What an application keeps with a socket.
struct SocketValues: Sendable {
    private struct Entry: Sendable {
        let value: any Sendable
        /// The name and the JSON of a value that other processes may read.
        let shared: (@Sendable () throws -> (name: String, json: Data))?
    }

    private var entries: [ObjectIdentifier: Entry] = [:]

    subscript<Key: SocketKey>(key: Key.Type) -> Key.Value? {
        get { entries[ObjectIdentifier(key)]?.value as? Key.Value }
        set {
            entries[ObjectIdentifier(key)] = newValue.map { Entry(value: $0, shared: nil) }
        }
    }

    mutating func share<Key: SharedSocketKey>(_ value: Key.Value?, as key: Key.Type) {
        entries[ObjectIdentifier(key)] = value.map { value in
            let name = Key.name
            return Entry(value: value, shared: { (name, try JSONEncoder().encode(value)) })
        }
    }

    /// The values that other processes may read, as a JSON object.
    var json: ByteBuffer {
        var text = ByteBuffer(string: "{")
        for entry in entries.values {
            guard let (name, json) = try? entry.shared?() else { continue }
            if text.readableBytes > 1 { text.writeString(",") }
            text.writeString(JSONText.quoted(name) + ":")
            text.writeBytes(json)
        }
        text.writeString("}")
        return text
    }
}

import Foundation
public import NIOCore
import NIOFoundationCompat

/// The arguments of an event or of an acknowledgement, still as the JSON that came, decoded when asked for.
public struct Arguments: Sendable {
    /// The JSON array that holds the arguments, the event's name included when there is one.
    let payload: ByteBuffer
    /// Where each argument is, counted from the start of `payload`'s readable bytes.
    let ranges: [Range<Int>]
    /// The binary messages that placeholders in the JSON stand for.
    public let attachments: [ByteBuffer]

    public enum Failure: Error, Equatable {
        /// There are fewer arguments than asked for.
        case missing(index: Int)
    }

    public static let none = Arguments(payload: ByteBuffer(), ranges: [], attachments: [])

    init(payload: ByteBuffer, ranges: [Range<Int>], attachments: [ByteBuffer]) {
        self.payload = payload
        self.ranges = ranges
        self.attachments = attachments
    }

    public var count: Int { ranges.count }

    /// The arguments behind the first.
    public func dropFirst() -> Arguments {
        Arguments(payload: payload, ranges: Array(ranges.dropFirst()), attachments: attachments)
    }

    /// The JSON text of one argument.
    public func rawJSON(at index: Int) throws -> ByteBuffer {
        guard ranges.indices.contains(index),
            let slice = payload.getSlice(
                at: payload.readerIndex + ranges[index].lowerBound, length: ranges[index].count)
        else { throw Failure.missing(index: index) }
        return slice
    }

    /// Decodes one argument; an argument that is not there decodes as `null`, so that optional ones may be left out.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self, at index: Int) throws -> Value {
        if Value.self == ByteBuffer.self, let bytes = try rawJSON(at: index) as? Value { return bytes }
        let decoder = JSONDecoder()
        if !attachments.isEmpty {
            let attachments = attachments
            decoder.dataDecodingStrategy = .custom { try Placeholder.data(from: $0, attachments) }
        }
        guard ranges.indices.contains(index) else {
            guard let absent = try? decoder.decode(Value.self, from: Data("null".utf8)) else {
                throw Failure.missing(index: index)
            }
            return absent
        }
        return try decoder.decode(Value.self, from: Data(buffer: rawJSON(at: index)))
    }
}

/// What stands in the JSON for bytes that travel beside it.
struct Placeholder: Codable {
    let isPlaceholder: Bool
    let number: Int

    enum CodingKeys: String, CodingKey {
        case isPlaceholder = "_placeholder"
        case number = "num"
    }

    /// The bytes that a placeholder stands for; text in place of one is base64, as in a message without attachments.
    static func data(from decoder: any Decoder, _ attachments: [ByteBuffer]) throws -> Data {
        guard let placeholder = try? Placeholder(from: decoder) else {
            let text = try String(from: decoder)
            guard let data = Data(base64Encoded: text) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "neither an attachment nor base64"))
            }
            return data
        }
        guard placeholder.isPlaceholder, attachments.indices.contains(placeholder.number) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no such attachment"))
        }
        return Data(buffer: attachments[placeholder.number])
    }
}

/// An event as it came from a client.
public struct Event: Sendable {
    public let name: String
    public let arguments: Arguments

    /// Names that Socket.IO keeps for itself.
    static let reservedNames: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// Reads an event's JSON as it came from another server, its name first; nil when it is none.
    public init?(json: ByteBuffer, attachments: [ByteBuffer] = []) {
        guard let event = try? Event(payload: json, attachments: attachments.isEmpty ? nil : attachments) else {
            return nil
        }
        self = event
    }

    /// The JSON array, name first, as it came.
    public var json: ByteBuffer { arguments.payload }

    /// Reads an event's JSON: an array whose first element is a name that is not reserved, or a number.
    init(payload: ByteBuffer, attachments: [ByteBuffer]?) throws(SocketPacket.Violation) {
        var ranges = try payload.elements(attachments: attachments?.count)
        guard !ranges.isEmpty else { throw .badEventName }
        let first = ranges.removeFirst()
        guard let text = payload.getString(at: payload.readerIndex + first.lowerBound, length: first.count) else {
            throw .badEventName
        }
        switch text.utf8.first ?? 0 {
        case UInt8(ascii: "\""): name = Self.unquoted(text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): name = text
        default: throw .badEventName
        }
        guard !Self.reservedNames.contains(name) else { throw .badEventName }
        arguments = Arguments(payload: payload, ranges: ranges, attachments: attachments ?? [])
    }

    /// A JSON string's text; one whose escapes mean nothing, such as a lone surrogate, stays as written.
    private static func unquoted(_ literal: String) -> String {
        let plain = String(literal.dropFirst().dropLast())
        guard plain.utf8.contains(UInt8(ascii: "\\")) else { return plain }
        return (try? JSONDecoder().decode(String.self, from: Data(literal.utf8))) ?? plain
    }
}

extension Arguments {
    /// Reads an acknowledgement's JSON array as it came from another server; nil when it is none.
    public init?(json: ByteBuffer, attachments: [ByteBuffer] = []) {
        guard
            let read = try? Arguments(acknowledgement: json, attachments: attachments.isEmpty ? nil : attachments)
        else { return nil }
        self = read
    }

    /// All arguments as one JSON array, without an event's name.
    public var jsonArray: ByteBuffer {
        var array = EncodedArguments()
        for index in 0..<count { if let text = try? rawJSON(at: index) { array.append(rawJSON: text) } }
        return array.closed
    }

    /// Reads an acknowledgement's JSON, which must be an array.
    init(acknowledgement payload: ByteBuffer, attachments: [ByteBuffer]?) throws(SocketPacket.Violation) {
        let ranges = try payload.elements(attachments: attachments?.count)
        self.init(payload: payload, ranges: ranges, attachments: attachments ?? [])
    }
}

extension ByteBuffer {
    /// Where the elements of this JSON array are.
    fileprivate func elements(attachments: Int?) throws(SocketPacket.Violation) -> [Range<Int>] {
        // Safety: the scanner does not outlive the closure that lends it the bytes.
        let found = withUnsafeReadableBytes { bytes in try? JSONScanner.elements(of: bytes, attachments: attachments) }
        guard let found else { throw .badPayload }
        return found
    }
}

import Foundation

/// JSON that came from outside, before anybody knows what it should be.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// What this is called in a message about it.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// `exactly` keeps every digit of a number, for what is to be read again.
    public func write(to json: inout JSONWriter, exactly: Bool = false) {
        switch self {
        case .null: json.null()
        case .bool(let value): json.bool(value)
        case .integer(let value): json.number(value)
        case .number(let value): exactly ? json.exact(value) : json.number(value)
        case .string(let value): json.string(value)
        case .array(let values):
            json.array { json in for value in values { value.write(to: &json, exactly: exactly) } }
        case .object(let values):
            json.object { json in
                for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                    json.key(key)
                    value.write(to: &json, exactly: exactly)
                }
            }
        }
    }
}

extension JSONValue: Decodable {
    /// Reads a body; nil when it is not JSON. Depth is bounded by the decoder (512).
    public static func parse(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        if box.decodeNil() {
            self = .null
        } else if let value = try? box.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? box.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? box.decode(Double.self) {
            self = .number(value)
        } else if let value = try? box.decode(String.self) {
            self = .string(value)
        } else if let value = try? box.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try box.decode([String: JSONValue].self))
        }
    }
}

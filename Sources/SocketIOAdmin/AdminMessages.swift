import Foundation
import NIOCore

/// What the page is told it may ask for.
struct AdminFeatures: Encodable {
    var supportedFeatures: [String]
}

/// How the server is doing, every two seconds.
struct ServerStats: Encodable {
    struct Aggregate: Encodable, Equatable {
        /// The second that it counts for, in milliseconds since 1970.
        var timestamp: Int
        var type: String
        var count: Int
    }

    struct NamespaceSize: Encodable {
        var name: String
        var socketsCount: Int
    }

    var serverId: String
    var hostname: String
    var pid: Int32
    /// In seconds.
    var uptime: Double
    var clientsCount: Int
    var pollingClientsCount: Int
    var aggregatedEvents: [Aggregate]
    var namespaces: [NamespaceSize]
}

/// A socket as the page shows it.
struct AdminSocket: Encodable {
    struct Handshake: Encodable {
        var address: String
        var headers: [String: String]
        var query: [String: String]
        /// In milliseconds since 1970.
        var issued: Int
        var secure: Bool
        var time: String
        var url: String
        var xdomain: Bool
    }

    var id: String
    var clientId: String
    var transport: String
    var nsp: String
    var data: [String: ShownValue]
    var handshake: Handshake
    var rooms: [String]
}

/// What changed about a socket.
struct AdminSocketChange: Encodable {
    var id: String
    var nsp: String
    var transport: String?
    var data: [String: ShownValue]?
}

/// A value that an application shares, whatever it is.
enum ShownValue: Codable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([ShownValue])
    case object([String: ShownValue])

    /// The members of a JSON object; none of what is none.
    static func object(_ json: ByteBuffer) -> [String: ShownValue] {
        (try? JSONDecoder().decode([String: ShownValue].self, from: Data(json.readableBytesView))) ?? [:]
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .bool(truth)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let list = try? value.decode([ShownValue].self) {
            self = .array(list)
        } else {
            self = .object(try value.decode([String: ShownValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let truth): try container.encode(truth)
        case .number(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let list): try container.encode(list)
        case .object(let members): try container.encode(members)
        }
    }
}

/// Whom a command means: a room or a socket, several of them, or everyone.
struct AdminFilter: Decodable {
    let rooms: [String]

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            rooms = []
        } else if let one = try? value.decode(String.self) {
            rooms = [one]
        } else {
            rooms = try value.decode([String].self)
        }
    }
}

import Foundation

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
    var data: [String: String] = [:]
    var handshake: Handshake
    var rooms: [String]
}

/// What changed about a socket.
struct AdminSocketChange: Encodable {
    var id: String
    var nsp: String
    var transport: String
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

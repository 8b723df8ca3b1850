import Domain
import EngineIO
import Foundation
import Logging
import Monitor
import NIOCore
import NIOHTTP1
import SocketIO
import WebCore

/// What clients can say over the socket, and who hears what the bridge tells.
final class RealtimeServer: Sendable {
    /// The most watches one client's screen shows.
    static let mostWatches = 500
    /// The system holds no more than this of what is better told later, as it is then.
    private static let mostUnsentBytes = 65_536

    let server: SocketServer
    private let feed: NewsFeed
    private let readTimeout: TimeAmount
    private let logger: Logger

    /// `readTimeout` is how long a client may take to read what it was sent before more is sent to it, or it is
    /// dropped. `origin` is that of the address people use, when it is known: pages from there may connect whatever
    /// `Host` a proxy sends. `refusals` hears of handshakes that other sites tried.
    init(
        group: any EventLoopGroup, clientFolder: String, limits: ConnectionLimits, origin: String?,
        readTimeout: TimeAmount = .seconds(60), refusals: RefusalLog, logger: Logger
    ) {
        self.readTimeout = readTimeout
        var configuration = SocketConfiguration()
        configuration.engine.maxSessions = limits.sockets
        configuration.engine.maxSessionsPerAddress = limits.socketsPerAddress
        configuration.engine.session.maxUnsentBytes = Self.mostUnsentBytes
        configuration.engine.clientFiles = ClientFiles(folder: clientFolder)
        if let origin { configuration.engine.origins = .list([origin]) }
        configuration.engine.onConnectionError = { error in
            guard error.isForbidden else { return }
            let headers = error.request.headers
            refusals.note(
                .foreignSite,
                [
                    ("host", headers.first(name: "host") ?? ""), ("origin", headers.first(name: "origin") ?? ""),
                    ("path", error.request.uri),
                ])
        }
        configuration.limits.maxRooms = Self.mostWatches + 10
        self.logger = logger
        server = SocketServer(group: group, configuration: configuration, logger: logger)
        let namespace = server.namespace()
        feed = NewsFeed { news in
            namespace.bundle(
                news.flatMap(\.events).map { ($0.event.rawValue, ByteBuffer(bytes: $0.json)) })
        }
    }

    /// The default namespace as the bridge sees it.
    func rooms() async -> any RealtimeRooms {
        NamespaceRooms(namespace: server.namespace(), feed: feed)
    }

    /// Answers clients from now on.
    func answer(from bridge: RealtimeBridge, _ actions: WatchActions) async {
        let namespace = server.namespace()
        namespace.onRaw(RealtimeEvent.subscribe.rawValue) { [readTimeout, feed] socket, event in
            guard let wish = try? event.arguments.decode(Subscription.self, at: 0) else {
                return Self.refusal("watches must be a list of UUIDs; list and all must be true or false")
            }
            guard wish.watches.count <= Self.mostWatches else {
                return Self.refusal("watches must not have more than \(Self.mostWatches) UUIDs")
            }
            guard Self.requester(socket).may(.see) else { return Self.refusal("\(NotAllowed(.see))") }
            // One who asks again and again without reading the answers is not answered.
            guard await socket.drained(within: readTimeout) else {
                socket.dropSlow()
                return nil
            }
            let pressure = Self.backPressure(of: socket, readTimeout, bridge)
            let watches = wish.watches.compactMap { WatchID($0) }
            await Self.move(socket, to: wish.rooms(watches))
            if !wish.all {
                socket[OwnNews.self] = nil
            } else if socket[OwnNews.self] == nil {
                socket[OwnNews.self] = NewsListener(from: feed.place, readTimeout: readTimeout)
            }
            let state = try await bridge.state(of: watches)
            pressure.tell(state.rest, socket)
            return Acknowledgement(rawJSON: ByteBuffer(bytes: state.json))
        }
        namespace.onRaw(RealtimeEvent.watchOperation.rawValue) { [logger] socket, event in
            let wish = (try? event.arguments.decode(WatchOperation.Wish.self, at: 0)) ?? WatchOperation.Wish()
            let asked = actions.asked(by: Self.requester(socket))
            let result = ByteBuffer(bytes: await WatchOperation.perform(wish, asked, logger))
            socket.emit(RealtimeEvent.operationResult.rawValue, rawJSON: result)
            return Acknowledgement(rawJSON: result)
        }
    }

    /// Whoever is behind a socket: nobody signs in to one.
    private static func requester(_ socket: Socket) -> Requester { Requester(.anonymous(.socket)) }

    private static func backPressure(
        of socket: Socket, _ readTimeout: TimeAmount, _ bridge: RealtimeBridge
    ) -> BackPressure {
        if let known = socket[OwnBackPressure.self] { return known }
        let pressure = BackPressure(readTimeout: readTimeout, events: bridge.events)
        socket[OwnBackPressure.self] = pressure
        return pressure
    }

    private static func refusal(_ text: String) -> Acknowledgement {
        var json = JSONWriter()
        json.object { $0.field("error", text) }
        return Acknowledgement(rawJSON: ByteBuffer(bytes: json.bytes))
    }

    /// Returns when the socket really is in its new rooms, so that what changes after the state is read is heard.
    private static func move(_ socket: Socket, to wanted: Set<String>) async {
        let present = socket[SubscribedRooms.self] ?? []
        socket[SubscribedRooms.self] = wanted
        socket.leave(Array(present.subtracting(wanted)))
        socket.join(Array(wanted.subtracting(present)))
        _ = await socket.rooms()
    }
}

/// The rooms a client has asked for, kept with its socket.
private enum SubscribedRooms: SocketKey {
    typealias Value = Set<String>
}

/// What a client is still to be told, kept with its socket.
private enum OwnBackPressure: SocketKey {
    typealias Value = BackPressure
}

/// How far a client that hears everything has heard, kept with its socket.
private enum OwnNews: SocketKey {
    typealias Value = NewsListener
}

/// What a client's screen shows.
private struct Subscription: Decodable {
    var watches: [String] = []
    var list = false
    var all = false

    enum CodingKeys: CodingKey {
        case watches, list, all
    }

    init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        watches = try box.decodeIfPresent([String].self, forKey: .watches) ?? []
        list = try box.decodeIfPresent(Bool.self, forKey: .list) ?? false
        all = try box.decodeIfPresent(Bool.self, forKey: .all) ?? false
    }

    func rooms(_ watches: [WatchID]) -> Set<String> {
        var rooms = Set(watches.map { RealtimeRoom.watch($0.description) })
        if list { rooms.insert(RealtimeRoom.list) }
        if all { rooms.insert(RealtimeRoom.everyWatch) }
        return rooms
    }
}

/// One namespace of the socket server, as the bridge needs it.
private struct NamespaceRooms: RealtimeRooms {
    let namespace: Namespace
    let feed: NewsFeed

    func hasMembers(_ room: String) -> Bool {
        namespace.hasMembers(room)
    }

    func offer(_ event: String, _ json: [UInt8], about matter: Matter, to rooms: [String]) {
        namespace.to(rooms).offer(event, rawJSON: ByteBuffer(bytes: json)) { socket, waiting in
            guard socket[OwnNews.self] == nil else { return false }
            return socket[OwnBackPressure.self]?.takes(matter, socket, waiting: waiting) ?? true
        }
    }

    func announce(_ events: [(event: RealtimeEvent, json: [UInt8])], to rooms: [String]) async {
        guard !events.isEmpty else { return }
        let bundle = namespace.bundle(events.map { ($0.event.rawValue, ByteBuffer(bytes: $0.json)) })
        await namespace.to(rooms).round { _, _ in [bundle] }
    }

    func goRound() async {
        await namespace.to(RealtimeRoom.everyWatch).round { [feed] socket, waiting in
            guard let listener = socket[OwnNews.self] else { return [] }
            guard let bundles = listener.next(feed, waiting: waiting) else {
                socket.dropSlow()
                return []
            }
            return bundles
        }
    }
}

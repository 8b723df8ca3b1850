import EngineIO
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdmin

/// The protocol of the Admin UI, by a real client.
@Suite(
    "The Admin UI", .timeLimit(.minutes(1)),
    .enabled(if: Viewer.python != nil, "TURNSTONE_PYTHON names no Python with python-socketio"))
struct AdminUITests {
    /// A server with its administration on a real port.
    private struct Watched {
        let server: SocketServer
        let admin: AdminUI
        let listener: EngineListener
        var port: Int { listener.localAddress?.port ?? 0 }

        init(
            logger: Logger = Logger(label: "test"), _ change: (inout AdminSettings) -> Void = { _ in }
        ) async throws {
            var settings = AdminSettings(name: "ann", password: "geheim")
            settings.interval = .milliseconds(10)
            change(&settings)
            var configuration = SocketConfiguration()
            // The plain clients answer no pings.
            configuration.engine.session.pingInterval = .hours(1)
            server = SocketServer(
                group: MultiThreadedEventLoopGroup.singleton, configuration: configuration, logger: logger)
            server.namespace().on("join") { (socket: Socket, room: String) in
                socket.join(room)
                _ = await socket.rooms()
            }
            admin = try AdminUI(server, settings)
            server.namespace("/later").on("x") { (_: Socket) in }
            listener = try await EngineListener.bind(
                server.engine, port: 0, group: MultiThreadedEventLoopGroup.singleton)
        }

        func joined(_ namespace: String = "/") async throws -> (client: RawClient, id: String) {
            let client = try await RawClient.connect(port)
            _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket&q=1")
            _ = try await client.frame()
            let prefix = namespace == "/" ? "" : namespace + ","
            try await client.sendText("40" + prefix)
            let answer = try await client.frame().text
            return (client, String(answer.dropFirst("40\(prefix){\"sid\":\"".count).prefix(20)))
        }

        func stop() async throws {
            try await listener.close()
            await server.shutdown(grace: .milliseconds(50))
        }
    }

    /// Returns when the server knows that the last page is gone, which nothing on the wire tells.
    private func nobodyLooks(_ admin: AdminUI) async throws {
        try await within("the end of the last page") {
            while admin.isWatched {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    private static let login = #"{"username":"ann","password":"geheim"}"#

    @Test("name and password give a session, which gives entrance again; anything else is refused")
    func login() async throws {
        let watched = try await Watched()
        for (auth, message) in [
            ("{}", "invalid credentials"), (#"{"username":"ann","password":"no"}"#, "invalid credentials"),
            (#"{"username":"ann"}"#, "invalid credentials"), (#"{"username":1,"password":2}"#, "invalid credentials"),
            (#"{"sessionId":"made up"}"#, "invalid session ID"),
        ] {
            let viewer = try Viewer(watched.port, auth)
            #expect(try await viewer.next("refused") == #"["refused",{"message":"\#(message)"}]"#)
            try await viewer.stop()
        }
        let first = try Viewer(watched.port, Self.login)
        let session = try await first.next("session").dropFirst(#"["session",""#.count).prefix(32)
        #expect(
            try await first.next("config")
                == #"["config",{"supportedFeatures":["AGGREGATED_EVENTS","EMIT","JOIN","LEAVE","DISCONNECT","MJOIN","#
                + #""MLEAVE","MDISCONNECT","ALL_EVENTS"]}]"#)
        try await first.stop()
        let second = try Viewer(watched.port, #"{"sessionId":"\#(session)"}"#)
        _ = try await second.next("config")
        try await second.stop()
        try await watched.stop()
    }

    @Test("a name or a password that is empty is no login")
    func empty() {
        let server = SocketServer(group: MultiThreadedEventLoopGroup.singleton)
        #expect(throws: AdminUI.Failure.noPassword) { try AdminUI(server, AdminSettings(name: "ann", password: "")) }
        #expect(throws: AdminUI.Failure.noPassword) { try AdminUI(server, AdminSettings(name: "", password: "x")) }
    }

    @Test("sockets, rooms, events and figures are shown as they come and go")
    func shown() async throws {
        let watched = try await Watched()
        let before = try await watched.joined()
        let viewer = try Viewer(watched.port, Self.login)
        let all = try await viewer.next("all_sockets")
        #expect(all.contains(#""id":"\#(before.id)""#) && all.contains(#""nsp":"/""#))
        #expect(all.contains(#""query":{"EIO":"4","q":"1","transport":"websocket"}"#))
        #expect(all.contains(#""rooms":["\#(before.id)"]"#) && all.contains(#""transport":"websocket""#))
        let later = try await watched.joined("/later")
        let connected = try await viewer.next("socket_connected")
        #expect(connected.contains(#""id":"\#(later.id)""#) && connected.contains(#""nsp":"/later""#))
        try await before.client.sendText(#"421["join","r"]"#)
        #expect(
            try await viewer.next("event_received").hasPrefix(#"["event_received","/","\#(before.id)",["join","r"],""#))
        #expect(try await viewer.next("room_joined").hasPrefix(#"["room_joined","/","r","\#(before.id)",""#))
        try watched.server.namespace().to("r").emit("hello", Data([1]))
        #expect(
            try await viewer.next("event_sent").hasPrefix(
                #"["event_sent","/","\#(before.id)",["hello",{"_placeholder":true,"num":0}],""#))
        while true {
            let stats = try await viewer.next("server_stats")
            #expect(stats.contains(#""clientsCount":3"#) && stats.contains(#""pollingClientsCount":0"#))
            #expect(stats.contains(#"{"name":"/later","socketsCount":1}"#))
            if stats.contains(#""type":"packetsOut""#) { break }
        }
        try await later.client.sendText("41/later,")
        #expect(
            try await viewer.next("socket_disconnected").hasPrefix(
                #"["socket_disconnected","/later","\#(later.id)","client namespace disconnect",""#))
        try await viewer.stop()
        try await watched.stop()
    }

    @Test("commands send, move and disconnect, one, many and all")
    func commands() async throws {
        let watched = try await Watched()
        let (client, id) = try await watched.joined()
        let viewer = try Viewer(watched.port, Self.login)
        _ = try await viewer.next("all_sockets")
        try viewer.tell(#"["emit","/",null,"all",1,{"a":2}]"#)
        #expect(try await client.frame().text == #"42["all",1,{"a":2}]"#)
        try viewer.tell(#"["emit","/","\#(id)","one"]"#)
        #expect(try await client.frame().text == #"42["one"]"#)
        try viewer.tell(#"["emit","/nowhere",null,"never"]"#)
        try viewer.tell(#"["emit","/","nobody","never"]"#)
        try viewer.tell(#"["emit","/",7,"never"]"#)
        try viewer.tell(#"["join","/","r1","\#(id)"]"#)
        #expect(try await viewer.next("room_joined").hasPrefix(#"["room_joined","/","r1""#))
        try viewer.tell(#"["join","/","r2"]"#)
        #expect(try await viewer.next("room_joined").hasPrefix(#"["room_joined","/","r2""#))
        try viewer.tell(#"["leave","/","r1",["r2"]]"#)
        #expect(try await viewer.next("room_left").hasPrefix(#"["room_left","/","r1""#))
        #expect(watched.server.namespaces.map(\.name).sorted() == ["/", "/admin", "/later"])
        try viewer.tell(#"["_disconnect","/",true,"r2"]"#)
        #expect(try await client.frame().text == "41")
        #expect(try await client.frame().opcode == 8)
        try await viewer.stop()
        try await watched.stop()
    }

    @Test("a page that may only look cannot do anything; production shows counts only")
    func readOnly() async throws {
        let watched = try await Watched { settings in
            settings.isReadOnly = true
            settings.mode = .production
        }
        let (client, id) = try await watched.joined()
        let viewer = try Viewer(watched.port, Self.login)
        #expect(try await viewer.next("config") == #"["config",{"supportedFeatures":["AGGREGATED_EVENTS"]}]"#)
        try viewer.tell(#"["_disconnect","/",true,"\#(id)"]"#)
        try viewer.tell(#"["emit","/",null,"never"]"#)
        // The commands come before the end of the page, and nothing but figures is shown until then.
        try await viewer.stop()
        for line in try await viewer.rest() {
            #expect(["[\"server_stats\"", "[\"session\""].contains { line.hasPrefix($0) }, "\(line)")
        }
        try await nobodyLooks(watched.admin)
        try watched.server.namespace().everyone.emit("end")
        #expect(try await client.frame().text == #"42["end"]"#)
        try await watched.stop()
    }

    @Test("nobody looking, nothing is sent")
    func idle() async throws {
        let watched = try await Watched()
        #expect(!watched.admin.isWatched && !watched.admin.sendsFigures)
        let viewer = try Viewer(watched.port, Self.login)
        _ = try await viewer.next("server_stats")
        #expect(watched.admin.isWatched && watched.admin.sendsFigures)
        try await viewer.stop()
        try await nobodyLooks(watched.admin)
        #expect(!watched.admin.sendsFigures)
        try await watched.stop()
    }

    @Test("a client that moves to WebSocket, and what the application shares of a socket, are shown as they change")
    func changes() async throws {
        enum User: SharedSocketKey {
            struct Value: Codable {
                var name: String
                var tags: [Int]
            }

            static let name = "user"
        }
        let watched = try await Watched()
        watched.server.namespace().on("name") { (socket: Socket, name: String) in
            socket[User.self] = User.Value(name: name, tags: [1, 2])
        }
        let poller = try await RawClient.connect(watched.port)
        let path = "/socket.io/?EIO=4&transport="
        let session = try await poller.get(path + "polling").body.split(separator: "\"")[3]
        _ = try await poller.post("\(path)polling&sid=\(session)", "40")
        let id = try await poller.get("\(path)polling&sid=\(session)").body.split(separator: "\"")[3]
        let viewer = try Viewer(watched.port, Self.login)
        let before = try await viewer.next("all_sockets")
        #expect(before.contains(#""transport":"polling""#) && before.contains(#""data":{}"#))
        // The page is told neither the identifier of the connection, which is a secret, nor what the client showed to
        // get in.
        #expect(!before.contains(session) && !before.contains(#""auth""#))
        while try await !viewer.next("server_stats").contains(#""pollingClientsCount":1"#) {}
        let socket = try await RawClient.connect(watched.port)
        _ = try await socket.upgrade("\(path)websocket&sid=\(session)")
        try await socket.sendText("2probe")
        #expect(try await socket.frame().text == "3probe")
        try await socket.sendText("5")
        #expect(
            try await viewer.next("socket_updated")
                == #"["socket_updated",{"id":"\#(id)","nsp":"/","transport":"websocket"}]"#)
        try await socket.sendText(#"421["name","zoé"]"#)
        #expect(
            try await viewer.next("socket_updated")
                == #"["socket_updated",{"data":{"user":{"name":"zoé","tags":[1,2]}},"id":"\#(id)","nsp":"/"}]"#)
        while try await !viewer.next("server_stats").contains(#""pollingClientsCount":0"#) {}
        try await viewer.stop()
        let second = try Viewer(watched.port, Self.login)
        #expect(try await second.next("all_sockets").contains(#""data":{"user":{"name":"zoé","tags":[1,2]}}"#))
        try await second.stop()
        try await watched.stop()
    }

    @Test("a server that stopped and its administration leave nothing behind")
    func leaks() async throws {
        let farewells = Mailbox<Void>()
        weak var admin: AdminUI?
        do {
            let watched = try await Watched(logger: FarewellLog.logger { farewells.put(()) })
            admin = watched.admin
            let viewer = try Viewer(watched.port, Self.login)
            _ = try await viewer.next("server_stats")
            try await viewer.stop()
            try await watched.stop()
        }
        try await farewells.next()
        #expect(admin == nil)
    }
}

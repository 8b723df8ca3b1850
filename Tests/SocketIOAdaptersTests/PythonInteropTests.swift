import Foundation
import NIOCore
import NIOPosix
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdapters

/// A real server of python-socketio 5.18.1 and its write-only emitter share a channel with a server of ours.
@Suite(
    "python-socketio", .timeLimit(.minutes(2)),
    .enabled(if: PythonServer.python != nil, "TURNSTONE_PYTHON names no Python with python-socketio"))
struct PythonInteropTests {
    @Test("events, rooms, sockets left out, bytes and answers, both ways", arguments: PythonBroker.allCases)
    func bothWays(kind: PythonBroker) async throws {
        let channel = "python-\(UUID().uuidString)"
        let broker = try await kind.broker()
        let moves = Mailbox<String>()
        let server = try await LiveServer(adapter: PythonAdapter.factory(over: broker, channel: channel)) {
            (server: SocketServer) in
            server.namespace().onMembershipChange { _, room, isIn in moves.put((isIn ? "in " : "out ") + room) }
        }
        try await broker.ready()
        let root = server.server.namespace()
        let python = try PythonServer(kind.name, url: try await kind.url(), channel: channel)
        let there = try await python.connect()
        let here = try await server.joined()

        // From Python to us.
        for what in ["emit", "push"] {
            try python.tell(what, #""plain",["é",{"a":[1,null]}]"#)
            try await here.client.expect(#"42["plain","é",{"a":[1,null]}]"#)
            try python.tell(what, #""none",[null]"#)
            try await here.client.expect(#"42["none"]"#)
            try python.tell(what, #""list",[[1,2]]"#)
            try await here.client.expect(#"42["list",[1,2]]"#)
            try python.tell(what, #""bytes",[{"x":"base64:AP8="},"base64:Bw=="]"#)
            try await here.client.expect(
                #"452-["bytes",{"x":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]"#)
            #expect(try await here.client.frame().payload == [0, 255])
            #expect(try await here.client.frame().payload == [7])
            try python.tell(what, #""one",[1],{"room":"\#(here.id)"}"#)
            try await here.client.expect(#"42["one",1]"#)
            try python.tell(what, #""never",[1],{"room":["nobody"]}"#)
            try python.tell(what, #""never",[1],{"skip_sid":"\#(here.id)"}"#)
            try python.tell(what, #""two",[1],{"room":["nobody","\#(here.id)"],"skip_sid":["\#(there)"]}"#)
            try await here.client.expect(#"42["two",1]"#)
            // Python's own client has heard of these what was for everyone.
            try await expect(
                python, #"["heard",0,"plain",["é",{"a":[1,null]}]]"#, #"["heard",0,"none",[]]"#,
                #"["heard",0,"list",[[1,2]]]"#, #"["heard",0,"bytes",[{"x":"base64:AP8="},"base64:Bw=="]]"#,
                #"["heard",0,"never",[1]]"#)
        }
        try python.tell("enter_room", #""\#(here.id)","r""#)
        #expect(try await moves.next() == "in r")
        try python.tell("emit", #""room",[1],{"room":"r"}"#)
        try await here.client.expect(#"42["room",1]"#)
        try python.tell("leave_room", #""\#(here.id)","r""#)
        #expect(try await moves.next() == "out r")
        try python.tell("enter_room", #""\#(here.id)","r""#)
        #expect(try await moves.next() == "in r")
        try python.tell("close_room", #""r""#)
        #expect(try await moves.next() == "out r")

        // From us to Python.
        try root.everyone.emit("none")
        try root.except(here.id).emit("plain", "é", ["a": 1])
        try root.to("nobody").emit("never")
        try root.except(there).emit("never")
        try root.to(there).emit("bytes", ["x": Data([0, 255])], Data([7]))
        try root.to("nobody", there).emit("list", [1, 2])
        try await expect(
            python, #"["heard",0,"none",[]]"#, #"["heard",0,"plain",["é",{"a":1}]]"#,
            #"["heard",0,"bytes",[{"x":"base64:AP8="},"base64:Bw=="]]"#, #"["heard",0,"list",[[1,2]]]"#)
        try await here.client.expect(#"42["none"]"#)
        try await here.client.expect(#"42["never"]"#)
        root.to(there).join("p")
        try root.to("p").emit("in")
        #expect(try await python.heard() == #"["heard",0,"in",[]]"#)
        root.to("p").leave("p")
        try root.to("p").emit("never")
        try root.to(there).emit("out")
        #expect(try await python.heard() == #"["heard",0,"out",[]]"#)

        // Answers, both ways.
        try python.tell("emit", #""question",[1],{"room":"\#(here.id)","callback":true}"#)
        let id = try await here.client.frame().text.dropFirst(2).prefix { $0.isNumber }
        try await here.client.sendText("43\(id)[\"yes\",{\"n\":2}]")
        #expect(try await python.heard() == #"["answered",["yes",{"n":2}]]"#)
        let answers = try await root.to(there).ask("question", 1, timeout: .seconds(30))
        #expect(try await python.heard() == #"["heard",0,"question",[1]]"#)
        #expect(answers.isComplete)
        #expect(try answers.answers.first?.decode(String.self, at: 0) == "answer of")
        #expect(try answers.answers.first?.decode(Int.self, at: 1) == 0)

        // The end, both ways.
        root.to(there).disconnect()
        #expect(try await python.heard() == #"["left",0]"#)
        try python.tell("disconnect", #""\#(here.id)""#)
        try await here.client.expect("41")
        try await python.stop()
        try await server.stop()
        await broker.close()
    }

    @Test("when Redis has died and come back, servers in Python and ours hear each other again")
    func restart() async throws {
        let port = try await RealServer.freePort()
        var redis = try await RealServer.redis(port: port)
        var limits = BrokerLimits()
        limits.minBackoff = .milliseconds(5)
        limits.maxBackoff = .milliseconds(50)
        let broker = try Pair.redis(port: port, limits: limits)
        let states = Mailbox<BrokerState>()
        broker.onStateChange { states.put($0) }
        let server = try await LiveServer(adapter: PythonAdapter.factory(over: broker, channel: "c"))
        try await broker.ready()
        let root = server.server.namespace()
        let python = try PythonServer("redis", url: "redis://127.0.0.1:\(port)", channel: "c")
        let there = try await python.connect()
        let here = try await server.joined()
        for round in 0..<2 {
            try root.everyone.emit("ours", round)
            #expect(try await python.heard() == "[\"heard\",0,\"ours\",[\(round)]]")
            try await here.client.expect("42[\"ours\",\(round)]")
            try python.tell("emit", "\"theirs\",[\(round)],{\"skip_sid\":\"\(there)\"}")
            try await here.client.expect("42[\"theirs\",\(round)]")
            guard round == 0 else { break }
            try await redis.end()
            while try await !states.next().isAway {}
            redis = try await RealServer.redis(port: port)
            try await broker.ready()
            try python.tell("listen", "")
            #expect(try await python.heard() == #"["listening"]"#)
        }
        try await python.stop()
        try await server.stop()
        await broker.close()
        try await redis.end()
    }

    /// Python's client runs a thread for each event, so what it heard is held against a set.
    private func expect(
        _ python: PythonServer, _ lines: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var heard: [String] = []
        for _ in lines { heard.append(try await python.heard()) }
        #expect(heard.sorted() == lines.sorted(), sourceLocation: sourceLocation)
    }
}

/// The brokers that servers in Python share with ours.
enum PythonBroker: String, CaseIterable, Sendable {
    case redis, rabbit

    /// As the Python side calls it.
    var name: String { self == .redis ? "redis" : "kombu" }

    func url() async throws -> String {
        switch self {
        case .rabbit: "amqp://guest:guest@127.0.0.1:\(try await RealServer.sharedRabbit.value)//"
        case .redis: "redis://127.0.0.1:\(try await RealServer.sharedRedis.value)"
        }
    }

    func broker() async throws -> any Broker {
        switch self {
        case .rabbit: try await Pair.rabbit()
        case .redis: try await Pair.redis()
        }
    }
}

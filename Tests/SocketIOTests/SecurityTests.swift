import EngineIO
import Foundation
import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

/// One test for each kind of hole that servers of this protocol have had; others are where the code in question is
/// tested (tiny fragments and big frames in WebSocketReaderTests, bodies in NetworkTests, origins in PolicyTests).
@Suite("Holes that other servers had", .timeLimit(.minutes(1)))
struct SecurityTests {
    private func live() async throws -> LiveServer {
        var configuration = SocketConfiguration()
        configuration.engine.allowsVersion3 = true
        configuration.engine.allowsJSONP = true
        return try await LiveServer(configuration: configuration) { (server: SocketServer) in
            server.namespace("/").onRaw("echo") { _, event in try Acknowledgement(event.arguments) }
        }
    }

    /// Whether a well-behaved client is still served.
    private func isUnharmed(_ live: LiveServer) async throws -> Bool {
        let (client, _) = try await live.joined()
        try await client.sendText(#"421["echo","still here"]"#)
        return try await client.frame().text == #"431["still here"]"#
    }

    @Test("an attachment count without bound (CVE-2026-33151)")
    func attachments() async throws {
        let live = try await live()
        let (client, _) = try await live.joined()
        try await client.sendText(#"45999999999-["echo"]"#)
        #expect(try await client.frame().opcode == 8)
        #expect(try await isUnharmed(live))
    }

    @Test(
        "placeholders that are no numbers, or name something else (CVE-2022-2421, CVE-2023-32695)",
        arguments: [
            #"{"_placeholder":true,"num":"splice"}"#, #"{"_placeholder":true,"num":-1}"#,
            #"{"_placeholder":true,"num":0.5}"#, #"{"_placeholder":true,"num":1e1}"#,
            #"{"_placeholder":true,"num":1}"#, #"{"_placeholder":true,"num":"__proto__"}"#,
            #"{"_placeholder":true,"num":[]}"#, #"{"_placeholder":true}"#,
            #"{"_placeholder":true,"num":99999999999999999999}"#,
        ])
    func placeholders(placeholder: String) async throws {
        let live = try await live()
        let (client, _) = try await live.joined()
        try await client.sendText("451-[\"echo\",\(placeholder)]")
        try await client.sendFrame(2, [1])
        #expect(try await client.frame().opcode == 8)
        #expect(try await isUnharmed(live))
    }

    @Test(
        "requests of odd shapes (CVE-2022-21676, CVE-2022-41940, CVE-2023-31125)",
        arguments: [
            "EIO=4&transport=polling&sid=__proto__", "EIO=4&transport=websocket&sid=constructor",
            "EIO=3&transport=polling&b64=x&j=&t=%00", "EIO=4&transport=polling&sid=%ff%fe", "EIO=4&EIO=3&transport",
            "transport=__proto__&EIO=4", "%&%&=&==&EIO=4&transport=polling", "EIO=4&transport=polling&sid=",
        ])
    func oddRequests(query: String) async throws {
        let live = try await live()
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"] {
            let client = try await RawClient.connect(live.port)
            let answer = try await client.request(method, "/socket.io/?" + query, body: "x")
            #expect([200, 400].contains(answer.status), "\(method) \(query)")
        }
        let socket = try await RawClient.connect(live.port)
        let answer = try await socket.upgrade("/socket.io/?" + query)
        #expect(answer.status == 400)
        #expect(try await isUnharmed(live))
    }

    @Test("an event named error, with nobody to hear it (CVE-2024-38355)")
    func errorEvent() async throws {
        let live = try await live()
        let (client, _) = try await live.joined()
        try await client.sendText(#"42["error",{"message":"x"}]"#)
        try await client.sendText(#"421["echo"]"#)
        try await client.expect("431[]")
    }

    @Test("pages of other sites, which nobody allowed (CVE-2020-28481)")
    func origins() async throws {
        let live = try await live()
        let client = try await RawClient.connect(live.port)
        let answer = try await client.get(
            "/socket.io/?EIO=4&transport=polling", headers: ["Origin: http://evil.example"])
        #expect(answer.status == 403)
        #expect(answer.headers["access-control-allow-origin"] == nil)
    }

    @Test("identifiers that can be foreseen (CVE-2017-16031)")
    func identifiers() async throws {
        let live = try await live()
        var seen: Set<String> = []
        for _ in 0..<50 {
            let client = try await live.socket()
            try await client.sendText("40")
            let id = String(try await client.frame().text.dropFirst(9).prefix(20))
            seen.insert(id)
        }
        #expect(seen.count == 50)
        // No prefix that all share, such as a clock or a counter would leave.
        #expect(Set(seen.map { $0.prefix(3) }).count > 40)
        #expect(Set(seen.map { $0.suffix(3) }).count > 40)
    }

    @Test("very many headers (CVE-2024-37890)")
    func headers() async throws {
        let live = try await live()
        let client = try await RawClient.connect(live.port)
        let many = (0..<3000).map { "X-\($0): 1" }
        let answer = try? await client.upgrade("/socket.io/?EIO=4&transport=websocket", headers: many)
        #expect(answer == nil || answer?.status == 101 || answer?.status == 400)
        #expect(try await isUnharmed(live))
    }

    @Test("deep JSON, and lone surrogates, which JavaScript can send")
    func json() async throws {
        let live = try await live()
        let (client, _) = try await live.joined()
        try await client.sendText(#"421["echo","\ud800"]"#)
        try await client.expect(#"431["\ud800"]"#)
        let deep = String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)
        try await client.sendText("42[\"echo\",\(deep)]")
        #expect(try await client.frame().opcode == 8)
        #expect(try await isUnharmed(live))
    }

    @Test(
        "numbers of acknowledgements of any size",
        arguments: [("18446744073709551615", true), ("18446744073709551616", false), ("9007199254740993", true)])
    func ackIDs(number: String, isTaken: Bool) async throws {
        let live = try await live()
        let (client, _) = try await live.joined()
        try await client.sendText("42\(number)[\"echo\"]")
        let frame = try await client.frame()
        if isTaken { #expect(frame.text == "43\(number)[]") } else { #expect(frame.opcode == 8) }
        #expect(try await isUnharmed(live))
    }

    @Test("namespaces and rooms without number, asked for by one client")
    func greed() async throws {
        let live = try await live()
        live.server.namespaces(matching: "/n{digits}") { _ in }
        live.server.namespace().on("rooms") { (socket: Socket, first: Int) in
            socket.join((first..<first + 1_000).map { "room\($0)" })
        }
        let (client, _) = try await live.joined()
        for step in 0..<20 { try await client.sendText("42[\"rooms\",\(step * 1_000)]") }
        try await client.sendText(#"421["echo"]"#)
        try await client.expect("431[]")
        let sockets = try await live.server.namespace().everyone.fetchSockets()
        #expect(sockets.first?.description.rooms.count == 1001)
        for number in 0..<1_000 { try? await client.sendText("40/n\(number),") }
        var joined = 0
        while true {
            let frame = try await client.frame()
            if frame.opcode == 8 { break }
            joined += 1
        }
        #expect(joined < 32)
        #expect(try await isUnharmed(live))
    }
}

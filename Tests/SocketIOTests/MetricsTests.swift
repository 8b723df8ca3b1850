import Metrics
import MetricsTestKit
import NIOCore
import SocketIO
import SocketTestKit
import Testing

/// What an operator sees of a server by swift-metrics.
@Suite("Metrics", .timeLimit(.minutes(1)))
struct MetricsTests {
    @Test("clients, packets, bytes, events, late acknowledgements and what is dropped are counted")
    func counts() async throws {
        let metrics = TestMetrics()
        let live = try await withMetricsFactory(metrics) {
            try await LiveServer { server in
                server.namespace().on("echo") { (_: Socket, text: String) in text }
                server.namespace().on("hurry") { (socket: Socket) in
                    _ = try? await socket.ask("question", timeout: .nanoseconds(1))
                }
            }
        }
        let (socket, _) = try await live.joined()
        let poller = try await RawClient.connect(live.port)
        let path = "/socket.io/?EIO=4&transport=polling"
        let handshake = try await poller.get(path).body
        let session = handshake.split(separator: "\"")[3]
        _ = try await poller.post("\(path)&sid=\(session)", "40")
        _ = try await poller.get("\(path)&sid=\(session)")
        #expect(try metrics.expectGauge("engineio_clients", [("transport", "websocket")]).lastValue == 1)
        #expect(try metrics.expectGauge("engineio_clients", [("transport", "polling")]).lastValue == 1)

        try await socket.sendText(#"421["echo","hello"]"#)
        try await socket.expect(#"431["hello"]"#)
        // An answer that comes when its question has been given up, then one to no question.
        try await socket.sendText(#"422["hurry"]"#)
        let question = try await socket.frame().text
        let id = question.dropFirst(2).prefix { $0.isNumber }
        try await socket.expect("432[]")
        try await socket.sendText("43\(id)[]")
        try await socket.sendText("4399[]")
        // The poller has no poll open: what may be dropped is, the rest waits.
        try live.server.namespace().everyone.volatile.emit("now or never")
        try await socket.expect(#"42["now or never"]"#)
        try await socket.sendText(#"423["echo",""]"#)
        try await socket.expect(#"433[""]"#)
        try await settle()
        for (label, dimensions, count) in [
            ("socketio_events", [("direction", "in")], 3), ("socketio_events", [("direction", "out")], 2),
            ("socketio_late_acks", [], 2), ("engineio_drops", [("cause", "volatile")], 1),
            ("engineio_drops", [("cause", "slow_client")], 0),
        ] as [(String, [(String, String)], Int64)] {
            #expect(metrics.counterTotal(label: label, dimensions: dimensions) == count, "\(label) \(dimensions)")
        }
        // A CONNECT each, three events, two acknowledgements.
        #expect(metrics.counterTotal(label: "engineio_packets", dimensions: [("direction", "in")]) == 7)
        #expect(metrics.counterTotal(label: "engineio_bytes", dimensions: [("direction", "in")]) > 60)
        // An open packet and a CONNECT each, three acknowledgements, a question, a volatile event.
        #expect(metrics.counterTotal(label: "engineio_packets", dimensions: [("direction", "out")]) == 9)
        #expect(metrics.counterTotal(label: "engineio_bytes", dimensions: [("direction", "out")]) > 200)

        try await socket.close()
        try await live.stop()
        #expect(try metrics.expectGauge("engineio_clients", [("transport", "websocket")]).lastValue == 0)
        #expect(try metrics.expectGauge("engineio_clients", [("transport", "polling")]).lastValue == 0)
    }
}

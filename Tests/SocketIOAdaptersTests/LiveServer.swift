import EngineIO
import NIOCore
import NIOPosix
import SocketIO
import SocketTestKit
import Testing

/// A Socket.IO server on a real port.
final class LiveServer: Sendable {
    let server: SocketServer
    let port: Int
    private let listener: EngineListener

    init(adapter: @escaping SocketServer.AdapterFactory, _ setUp: (SocketServer) -> Void = { _ in }) async throws {
        var configuration = SocketConfiguration()
        // The clients do what the test says and nothing else; they answer no pings, however long a broker takes to
        // start.
        configuration.engine.session.pingInterval = .hours(1)
        server = SocketServer(
            group: MultiThreadedEventLoopGroup.singleton, configuration: configuration, adapter: adapter)
        server.namespace()
        setUp(server)
        listener = try await EngineListener.bind(server.engine, port: 0, group: MultiThreadedEventLoopGroup.singleton)
        port = listener.localAddress?.port ?? 0
    }

    func stop() async throws {
        try await listener.close()
        await server.shutdown(grace: .milliseconds(50))
    }

    /// A WebSocket client that has joined a namespace; with the identifier it got there.
    func joined(_ namespace: String = "/", auth: String = "") async throws -> (client: RawClient, id: String) {
        let client = try await RawClient.connect(port)
        _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket")
        _ = try await client.frame()
        let prefix = namespace == "/" ? "" : namespace + ","
        try await client.sendText("40" + prefix + auth)
        let answer = try await client.frame().text
        return (client, String(answer.dropFirst("40\(prefix){\"sid\":\"".count).prefix(20)))
    }
}

extension RawClient {
    /// Holds the next frame against a text.
    func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let frame = try await frame().text
        #expect(frame == text, sourceLocation: sourceLocation)
    }
}

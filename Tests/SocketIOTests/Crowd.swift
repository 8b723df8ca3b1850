import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import SocketIO
import SocketTestKit

@testable import EngineIO

/// A server on one event loop of its own with very many sockets, sessions that poll and are never polled, beside those
/// of real clients on its port.
final class Crowd: Sendable {
    let server: SocketServer
    let loop: any EventLoop
    let port: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let listener: EngineListener

    init(_ count: Int, _ setUp: (Namespace) -> Void = { _ in }) async throws {
        var configuration = SocketConfiguration()
        // Each of them is owed all that is sent.
        configuration.engine.session.maxQueuedBytes = 100_000_000
        server = SocketServer(group: group, configuration: configuration)
        loop = group.any()
        setUp(server.namespace())
        listener = try await EngineListener.bind(server.engine, port: 0, group: group)
        port = listener.localAddress?.port ?? 0
        try await join(count)
    }

    private func join(_ count: Int) async throws {
        let request = HandshakeRequest(
            uri: "/socket.io/", query: [], headers: HTTPHeaders(), remoteAddress: nil, transport: .polling,
            version: .four)
        try await loop.submit { [server, loop] in
            for _ in 0..<count {
                let connection = try server.engine.open(request, loop: loop)
                connection.handle(.postOpened(LinkID(0)))
                connection.handle(.postReceived(LinkID(0), ByteBuffer(string: "40")))
            }
        }.get()
    }

    /// A WebSocket client that has joined the default namespace.
    func client() async throws -> RawClient {
        let client = try await RawClient.connect(port)
        _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket")
        _ = try await client.frame()
        try await client.sendText("40")
        _ = try await client.frame()
        return client
    }

    func stop() async throws {
        try await listener.close()
        await server.shutdown(grace: .milliseconds(50))
        try await group.shutdownGracefully()
    }
}

import EngineIO
import NIOCore
import NIOPosix
import SocketIO

/// Serves Socket.IO on a port that is free, opens a session of its own, and prints the answer's first line and packet.
@main
struct Dependent {
    static func main() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = SocketServer(group: group, configuration: SocketConfiguration())
        server.namespace().on("hello") { (socket: Socket, name: String) in "hello, \(name)" }
        let listener = try await EngineListener.bind(server.engine, host: "127.0.0.1", port: 0, group: group)
        guard let address = listener.localAddress else { throw NoAddress() }
        let client = try await ClientBootstrap(group: group).connect(to: address) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        let answer = try await client.executeThenClose { inbound, outbound in
            let request =
                "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            try await outbound.write(ByteBuffer(string: request))
            var answer = ByteBuffer()
            for try await bytes in inbound { answer.writeImmutableBuffer(bytes) }
            return String(buffer: answer)
        }
        let lines = answer.split(whereSeparator: \.isNewline)
        print(lines.first ?? "", lines.last ?? "")
        try await listener.close()
    }

    struct NoAddress: Error {}
}

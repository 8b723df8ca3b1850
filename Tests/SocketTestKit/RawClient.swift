import NIOConcurrencyHelpers
public import NIOCore
import NIOPosix

/// A TCP client that sends exactly what it is told and hands out what came back, as HTTP answers or WebSocket frames.
public final class RawClient: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let headers: [String: String]
        public let bytes: [UInt8]

        public var body: String { String(decoding: bytes, as: UTF8.self) }
    }

    public struct Frame: Sendable, Equatable {
        public let opcode: UInt8
        public let payload: [UInt8]

        public init(opcode: UInt8, payload: [UInt8]) {
            self.opcode = opcode
            self.payload = payload
        }

        public var text: String { String(decoding: payload, as: UTF8.self) }
    }

    private struct State {
        var received = ByteBuffer()
        var isClosed = false
    }

    struct Closed: Error {}

    private let channel: any Channel
    private let state: NIOLockedValueBox<State>
    private let bell: Bell

    private init(channel: any Channel, state: NIOLockedValueBox<State>, bell: Bell) {
        self.channel = channel
        self.state = state
        self.bell = bell
    }

    public static func connect(_ port: Int, reads: Bool = true) async throws -> RawClient {
        let (state, bell) = (NIOLockedValueBox(State()), Bell())
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: reads ? 262_144 : 4096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(state, bell))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, state: state, bell: bell)
    }

    public func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    public func send(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes)
    }

    /// Stops or goes on reading what the server sends.
    public func reads(_ on: Bool) async throws {
        try await channel.setOption(.autoRead, value: on).get()
    }

    public func close() async throws {
        try await channel.close()
    }

    /// Says that nothing more will be sent, but goes on reading.
    public func closeOutput() async throws {
        try await channel.close(mode: .output)
    }

    public func get(_ path: String, headers: [String] = []) async throws -> Answer {
        try await request("GET", path, headers: headers)
    }

    public func post(_ path: String, _ body: String, headers: [String] = []) async throws -> Answer {
        try await request("POST", path, headers: headers, body: body)
    }

    public func request(_ method: String, _ path: String, headers: [String] = [], body: String? = nil) async throws
        -> Answer
    {
        try await send(Self.text(method, path, headers: headers, body: body))
        return try await answer(hasBody: method != "HEAD")
    }

    public static func text(_ method: String, _ path: String, headers: [String] = [], body: String? = nil) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: example.org"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    /// Asks for a WebSocket and expects to get it.
    public func upgrade(_ path: String, headers: [String] = []) async throws -> Answer {
        try await request(
            "GET", path,
            headers: [
                "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + headers)
    }

    /// The next HTTP answer.
    public func answer(hasBody: Bool = true) async throws -> Answer {
        try await take { buffer in
            let view = buffer.readableBytesView
            guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            let lines = String(decoding: view[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
            }
            let length = hasBody ? headers["content-length"].flatMap(Int.init) ?? 0 : 0
            let headLength = end.upperBound - view.startIndex
            guard buffer.readableBytes >= headLength + length else { return nil }
            buffer.moveReaderIndex(forwardBy: headLength)
            let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return Answer(status: status, headers: headers, bytes: buffer.readBytes(length: length) ?? [])
        }
    }

    /// The next WebSocket frame.
    public func frame() async throws -> Frame {
        try await take { buffer in
            var rest = buffer
            guard let first: UInt8 = rest.readInteger(), let second: UInt8 = rest.readInteger() else { return nil }
            var length = Int(second)
            if second == 126 {
                guard let long: UInt16 = rest.readInteger() else { return nil }
                length = Int(long)
            } else if second == 127 {
                guard let long: UInt64 = rest.readInteger() else { return nil }
                length = Int(long)
            }
            guard let payload = rest.readBytes(length: length) else { return nil }
            buffer = rest
            return Frame(opcode: first & 0x0F, payload: payload)
        }
    }

    /// Sends one masked frame.
    public func sendFrame(_ opcode: UInt8, _ payload: [UInt8]) async throws {
        try await send(ClientFrame.encode(0x80 | opcode, payload))
    }

    public func sendText(_ text: String) async throws {
        try await sendFrame(1, Array(text.utf8))
    }

    /// Returns when the server has closed the connection.
    public func closed() async throws {
        do {
            _ = try await take { _ in nil as Bool? }
        } catch is Closed {}
    }

    /// All bytes that come until the server closes the connection.
    public func rest() async throws -> String {
        try await closed()
        return state.withLockedValue { String(buffer: $0.received) }
    }

    /// Waits until `parse` makes something of the received bytes.
    private func take<Value>(_ parse: (inout ByteBuffer) -> Value?) async throws -> Value {
        while true {
            let rings = bell.rings
            let (value, isClosed) = state.withLockedValue { (parse(&$0.received), $0.isClosed) }
            if let value { return value }
            if isClosed { throw Closed() }
            try await bell.wait(after: rings) { [state] in
                "more from the server after “\(String(buffer: state.withLockedValue { $0.received }).prefix(400))”"
            }
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let state: NIOLockedValueBox<State>
        private let bell: Bell

        init(_ state: NIOLockedValueBox<State>, _ bell: Bell) {
            self.state = state
            self.bell = bell
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            wake { $0.received.writeImmutableBuffer(bytes) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            wake { $0.isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func wake(_ change: (inout State) -> Void) {
            state.withLockedValue { change(&$0) }
            bell.ring()
        }
    }
}

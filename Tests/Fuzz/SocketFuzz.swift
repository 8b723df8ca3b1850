import Foundation
import NIOCore
import NIOHTTP1

@testable import EngineIO
@testable import SocketIO

/// What a Socket.IO client may send, at every level: bodies of polling, frames of a WebSocket, packets, the request
/// itself.
///
/// More is looked for than crashes: what was understood must come back the same after it was written, and bytes must
/// mean the same in whatever pieces they come.
enum SocketFuzz {
    private static let allocator = ByteBufferAllocator()
    private static let maxPayload = 2048

    /// A polling body of a version; in version 3 the first byte says whether it is text or bytes.
    static func payload(_ bytes: [UInt8], _ version: ProtocolVersion) {
        let isBinary = version == .three && bytes.first.map { $0 & 1 == 1 } ?? false
        let body = ByteBuffer(bytes: version == .three ? bytes.dropFirst() : bytes[...])
        // A text body that is not UTF-8 is refused before it is taken apart.
        guard isBinary || body.isUTF8 else { return }
        guard let packets = try? packets(of: body, version, isBinary) else { return }
        precondition(packets.count <= body.readableBytes + 1, "a packet takes a byte")
        let form: PayloadForm = version == .four ? .separated : .counted(allowsBinary: isBinary)
        let written = PollingPayload.encode(packets.map(encoded), form: form, allocator: allocator)
        guard !packets.isEmpty else { return }
        let again = try? self.packets(of: written.body, version, written.isBinary)
        precondition(again == packets, "a body is read as it was written")
    }

    private static func packets(of body: ByteBuffer, _ version: ProtocolVersion, _ isBinary: Bool) throws -> [Packet] {
        var rest: ByteBuffer? = body
        var packets: [Packet] = []
        while let packet = try PollingPayload.next(from: &rest, version: version, isBinary: isBinary) {
            packets.append(packet)
        }
        return packets
    }

    private static func encoded(_ packet: Packet) -> EncodedPacket {
        switch packet {
        case .text(let type, let text): EncodedPacket(type) { $0.writeImmutableBuffer(text) }
        case .binary(let bytes): EncodedPacket(binary: bytes)
        }
    }

    /// Frames of a WebSocket; the first byte says how they are cut and whether they may be compressed.
    static func frames(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let stream = bytes.dropFirst()
        let allowsCompression = first & 1 == 1
        let whole = events([stream], allowsCompression)
        let size = max(1, Int(first >> 1))
        let pieces = stride(from: stream.startIndex, to: stream.endIndex, by: size).map {
            stream[$0..<min($0 + size, stream.endIndex)]
        }
        let parted = events(pieces, allowsCompression)
        precondition(whole.events == parted.events, "frames mean the same in pieces")
        precondition(whole.violation == parted.violation, "a violation is one in pieces too")
    }

    private static func events(
        _ pieces: [ArraySlice<UInt8>], _ allowsCompression: Bool
    ) -> (events: [WebSocketReader.Event], violation: WebSocketReader.Violation?) {
        var reader = WebSocketReader(maxPayload: maxPayload, allowsCompression: allowsCompression)
        var events: [WebSocketReader.Event] = []
        do throws(WebSocketReader.Violation) {
            for piece in pieces {
                reader.feed(ByteBuffer(bytes: piece))
                while let event = try reader.next() { events.append(event) }
            }
            return (events, nil)
        } catch {
            return (events, error)
        }
    }

    /// The messages of one client, parted by zeros; one that begins with 0x01 is bytes. The first byte says which
    /// version it speaks.
    static func packets(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        var limits = SocketLimits()
        limits.maxNamespaces = 4
        limits.maxAttachments = 3
        let version: ProtocolVersion = first & 1 == 1 ? .three : .four
        var state = ClientState(limits: limits, version: version)
        // Of version 3 a client is in the first namespace without asking.
        let opening = version == .three ? state.opened() : state.received(text: ByteBuffer(string: "0"))
        if let opening { obey(opening, &state) }
        for message in bytes.dropFirst().split(separator: 0) {
            let buffer = ByteBuffer(bytes: message.first == 1 ? message.dropFirst() : message)
            if message.first != 1 { rewrite(buffer) }
            let action = message.first == 1 ? state.received(binary: buffer) : state.received(text: buffer)
            if let action { obey(action, &state) }
        }
    }

    private static func obey(_ action: ClientState.Action, _ state: inout ClientState) {
        switch action {
        case .authorize(let namespace, _): precondition(state.admitted(namespace), "who asks is waiting for the answer")
        case .deliver(_, let event, _): read(event.arguments)
        case .acknowledged(_, _, let arguments): read(arguments)
        case .left, .close: break
        }
    }

    private static func read(_ arguments: Arguments) {
        for index in 0..<arguments.count {
            guard let json = try? arguments.rawJSON(at: index) else {
                preconditionFailure("a counted argument is there")
            }
            precondition(json.readableBytes > 0, "an argument is not nothing")
            _ = try? arguments.decode(Data.self, at: index)
            _ = try? arguments.decode([String: String].self, at: index)
        }
        var written = EncodedArguments(event: "again")
        do { try written.append(arguments) } catch { preconditionFailure("what came may be sent on") }
        let closed = written.closed
        precondition(Event(json: closed, attachments: arguments.attachments) != nil, "what is sent on is an event")
    }

    /// Writes a packet and reads it again; what cannot be JSON is refused later, and may be taken for a namespace when
    /// written.
    private static func rewrite(_ text: ByteBuffer) {
        guard text.isUTF8, let packet = try? SocketPacket(text, maxAttachments: 10) else { return }
        let first = packet.payload?.readableBytesView.first
        guard first == nil || first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return }
        var written = ByteBuffer()
        packet.write(to: &written)
        let again = try? SocketPacket(written, maxAttachments: 10)
        precondition(again == packet, "a packet is read as it was written")
    }

    /// A request's target, a form of JSONP and the headers that are taken apart, in lines.
    static func request(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let target = RequestTarget(lines[0])
        precondition(target.query.count <= 100, "a query has an end")
        if lines.count > 1, let payload = JSONP.payload(of: ByteBuffer(string: lines[1])) {
            let digits = JSONP.digits(target["j"] ?? "")
            precondition(digits.utf8.allSatisfy { (0x30...0x39).contains($0) }, "a number is digits and nothing else")
            let script = JSONP.script(payload, digits: digits)
            precondition(script.readableBytesView.allSatisfy { $0 >= 0x20 }, "a string of a script is one line")
        }
        if lines.count > 2 {
            let offers = HTTPHeaders([("sec-websocket-extensions", lines[2])])
            var settings = MessageCompression()
            settings.threshold = 1
            if let deflation = MessageDeflation(offers: offers, settings) {
                let frame = deflation.frame(of: EncodedPacket(text: lines[0]))
                precondition(frame.map { $0.readableBytes < lines[0].utf8.count + 16 } ?? true, "it grows no larger")
            }
        }
        if lines.count > 3 {
            var headers = HTTPHeaders()
            for name in ["origin", "host", "referer", "accept-encoding"] { headers.add(name: name, value: lines[3]) }
            _ = JSONP.isAllowed(headers, .sameOrigin)
            _ = try? OriginPolicy.sameOrigin.check(headers)
            _ = ContentCoding(acceptedBy: headers)
        }
    }
}

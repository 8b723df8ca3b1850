import EngineIO
import NIOCore

/// Plays inputs to a session at chosen times and tells what it does in short words.
struct SessionScript {
    private(set) var session: Session
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    /// Everything the session has done so far.
    private(set) var history: [String] = []

    init(
        _ transport: Transport = .polling, version: ProtocolVersion = .four,
        _ change: (inout SessionSettings) -> Void = { _ in }
    ) {
        var settings = SessionSettings()
        change(&settings)
        session = Session(
            id: SessionID("S"), transport: transport, version: version, settings: settings, now: now)
    }

    /// A polling session whose handshake has been answered.
    static func polling(
        version: ProtocolVersion = .four, _ change: (inout SessionSettings) -> Void = { _ in }
    ) -> SessionScript {
        var script = SessionScript(.polling, version: version, change)
        script.play(.pollOpened(LinkID(1)))
        return script
    }

    /// A session on WebSocket 1 whose handshake has been sent.
    static func websocket(
        version: ProtocolVersion = .four, _ change: (inout SessionSettings) -> Void = { _ in }
    ) -> SessionScript {
        var script = SessionScript(.websocket, version: version, change)
        script.play(.socketOpened(LinkID(1)))
        return script
    }

    @discardableResult
    mutating func play(_ input: Session.Input) -> [String] {
        var actions: [Session.Action] = []
        session.handle(input, now: now, actions: &actions)
        let words = actions.map(Self.describe)
        history += words
        return words
    }

    /// Lets time pass, with every timer on the way.
    @discardableResult
    mutating func pass(_ amount: TimeAmount) -> [String] {
        let end = now + amount
        var words: [String] = []
        while let deadline = session.nextDeadline, deadline <= end {
            now = max(now, deadline)
            words += play(.timer)
        }
        now = end
        return words
    }

    /// Lets time pass while the event loop is busy with something else.
    mutating func hold(_ amount: TimeAmount) {
        now = now + amount
    }

    mutating func post(_ link: UInt64, _ body: String) -> [String] {
        play(.postOpened(LinkID(link))) + play(.postReceived(LinkID(link), ByteBuffer(string: body)))
    }

    mutating func text(_ link: UInt64, _ text: String) -> [String] {
        play(.socketText(LinkID(link), ByteBuffer(string: text)))
    }

    mutating func send(_ text: String, isVolatile: Bool = false) -> [String] {
        play(.send(Outgoing(EncodedPacket(text: text), isVolatile: isVolatile)))
    }

    static func describe(_ action: Session.Action) -> String {
        switch action {
        case .answer(let link, let answer): "\(link.number) answered \(describe(answer))"
        case .abort(let link): "\(link.number) aborted"
        case .write(let link, let packet): "\(link.number) gets \(describe(packet))"
        case .closeSocket(let link): "\(link.number) closed"
        case .requestFlush: "flush requested"
        case .deliver(.text(let text)): "heard \(String(buffer: text))"
        case .deliver(.binary(let bytes)): "heard bytes \(Array(bytes.readableBytesView))"
        case .upgraded: "upgraded"
        case .droppedVolatile: "volatile dropped"
        case .ended(let reason): "ended: \(reason.rawValue)"
        case .released: "released"
        }
    }

    private static func describe(_ answer: Session.Answer) -> String {
        switch answer {
        case .packets(let packets): packets.map(describe).joined(separator: " ")
        case .accepted: "ok"
        case .refused: "400"
        case .wrongTransport: "400 Bad request"
        case .unknownSession: "400 Session ID unknown"
        case .goingAway: "503"
        case .tooLarge: "413"
        }
    }

    private static func describe(_ packet: EncodedPacket) -> String {
        packet.isBinary ? "bytes \(Array(packet.payload))" : String(decoding: packet.payload, as: UTF8.self)
    }
}

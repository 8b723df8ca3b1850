public import NIOCore

/// One Engine.IO session as a value: what happened goes in, what to do comes out, and nothing else does.
///
///     polling ──socketOpened──► polling + probe(opened) ──2probe──► polling + probe(ready) ──5──► websocket
///        │ ▲                          │                                   │                         │
///        │ └──────── wrong frame, socket closed, upgradeTimeout ──────────┘                         │
///        │                                                                                          │
///        ├── close, ping timeout, protocol error, request dropped ──────────────► ended ◄───────────┘
///        └── close without a pending poll ──► farewell ──poll or farewellTimeout──► ended
///
/// In `farewell` the application already knows the end (`Action.ended`); only what is still to be said to the client,
/// the close packet last, waits for its next poll. Outside `farewell` the queue holds packets only while polling.
///
/// The file is long because it is the whole protocol: every transition of the picture above, and nothing besides.
public struct Session: Sendable {
    private enum Phase: Sendable {
        case polling(Probe?)
        case websocket(LinkID)
        case farewell(until: NIODeadline, last: EncodedPacket)
        case ended
    }

    /// A WebSocket that wants to replace polling.
    private struct Probe: Sendable {
        let link: LinkID
        let deadline: NIODeadline
        /// When a poll that hangs is answered so that the client can stop polling; nil until the probe was answered.
        var nextNoop: NIODeadline?
    }

    /// Version 4: the server pings and waits for the pong. Version 3: the client pings, and the server waits for that.
    private enum Heartbeat: Sendable {
        case pingAt(NIODeadline)
        case pongBy(NIODeadline)
        case clientPingBy(NIODeadline)
    }

    /// How long the last poll of a client that has left may take to arrive.
    private static let leaveTimeout = TimeAmount.seconds(2)
    /// How late a timer usually is at most; so much is not added to the time that a client has for its pong.
    private static let usualLateness = TimeAmount.milliseconds(20)
    /// How often a hanging poll is released during an upgrade.
    private static let noopInterval = TimeAmount.milliseconds(100)

    public let id: SessionID
    public let version: ProtocolVersion
    private let settings: SessionSettings
    private var phase: Phase
    /// Whether packets go over a WebSocket: since the handshake, or since the upgrade.
    private var usesWebSocket: Bool
    private var heartbeat: Heartbeat
    private var pendingPoll: LinkID?
    private var pendingPost: LinkID?
    private var pendingPostIsBinary = false
    private var queue: [EncodedPacket] = []
    /// The bytes that wait for the next poll.
    private(set) var queuedBytes = 0
    private var flushRequested = false

    /// Starts a session that a polling request or a WebSocket asked for; nothing is sent before that link opens.
    public init(
        id: SessionID, transport: Transport, version: ProtocolVersion = .four, settings: SessionSettings,
        now: NIODeadline
    ) {
        self.id = id
        self.version = version
        self.settings = settings
        heartbeat =
            version == .four
            ? .pingAt(now + settings.pingInterval) : .clientPingBy(now + settings.pingInterval + settings.pingTimeout)
        phase = .polling(nil)
        usesWebSocket = transport == .websocket
        let upgrades = transport == .polling && settings.allowsUpgrade
        enqueue(Self.handshake(id: id, upgrades: upgrades, settings: settings))
    }

    /// The transport that packets go over now.
    public var transport: Transport { usesWebSocket ? .websocket : .polling }

    /// The WebSocket that takes what is sent as it is, without asking the session; nil while there is none.
    ///
    /// `Input.send` would do no more for it than write, so a broadcast may leave that out.
    public var directLink: LinkID? {
        if case .websocket(let link) = phase, version == .four { link } else { nil }
    }

    /// Whether the application has been told the end.
    public var isEnded: Bool {
        switch phase {
        case .polling, .websocket: false
        case .farewell, .ended: true
        }
    }

    /// When `Input.timer` is due; nil when nothing waits for time.
    public var nextDeadline: NIODeadline? {
        let beat =
            switch heartbeat {
            case .pingAt(let time), .pongBy(let time), .clientPingBy(let time): time
            }
        switch phase {
        case .ended: return nil
        case .farewell(let until, _): return until
        case .websocket, .polling(nil): return beat
        case .polling(let probe?):
            let release = pendingPoll == nil ? nil : probe.nextNoop
            return min(beat, min(probe.deadline, release ?? probe.deadline))
        }
    }

    /// Takes one input and appends what to do to `actions`, in order.
    public mutating func handle(_ input: Input, now: NIODeadline, actions: inout [Action]) {
        switch input {
        case .pollOpened(let link):
            expire(now, &actions)
            pollOpened(link, now, &actions)
        case .postOpened(let link, let isBinary):
            expire(now, &actions)
            postOpened(link, isBinary, &actions)
        case .postReceived(let link, let body): postReceived(link, body, now, &actions)
        case .postTooLarge(let link): finishPost(link, .tooLarge, &actions)
        case .requestDropped(let link): requestDropped(link, &actions)
        case .socketOpened(let link): socketOpened(link, now, &actions)
        case .socketText(let link, let text): socketText(link, text, now, &actions)
        case .socketBinary(let link, let bytes): socketBinary(link, bytes, &actions)
        case .socketClosed(let link, let failed): socketClosed(link, failed, &actions)
        case .send(let outgoing): send(outgoing, &actions)
        case .flush:
            flushRequested = false
            flushPoll(&actions)
        case .close(let reason): close(reason, now, &actions)
        case .overflowed: end(.slowClient, &actions)
        case .abandon:
            end(.forcedClose, &actions)
            if case .farewell = phase { release(&actions) }
        case .timer: timer(now, &actions)
        }
    }
}

// MARK: polling

extension Session {
    private mutating func pollOpened(_ link: LinkID, _ now: NIODeadline, _ actions: inout [Action]) {
        switch phase {
        case .ended: actions.append(.answer(link, .unknownSession))
        case .websocket: actions.append(.answer(link, .wrongTransport))
        case .polling where usesWebSocket: actions.append(.answer(link, .wrongTransport))
        case .farewell(_, let last):
            if answerFarewell(link, last, &actions) { release(&actions) }
        case .polling:
            guard pendingPoll == nil else {
                // Two polls at a time: the client lost track, so neither can be trusted with packets any more.
                actions.append(.answer(link, .refused))
                end(.transportError, &actions)
                return
            }
            pendingPoll = link
            flushPoll(&actions)
        }
    }

    private mutating func postOpened(_ link: LinkID, _ isBinary: Bool, _ actions: inout [Action]) {
        switch phase {
        case .ended, .farewell: actions.append(.answer(link, .unknownSession))
        case .websocket: actions.append(.answer(link, .wrongTransport))
        case .polling where usesWebSocket: actions.append(.answer(link, .wrongTransport))
        case .polling:
            if let earlier = pendingPost {
                pendingPost = nil
                actions.append(.answer(link, .refused))
                actions.append(.abort(earlier))
                end(.transportError, &actions)
            } else if isBinary, version == .four {
                // Version 4 has no bodies of bytes.
                actions.append(.answer(link, .refused))
                end(.transportError, &actions)
            } else {
                pendingPost = link
                pendingPostIsBinary = isBinary
            }
        }
    }

    /// Answers the POST `link` if it is the one being read.
    @discardableResult
    private mutating func finishPost(_ link: LinkID, _ answer: Answer, _ actions: inout [Action]) -> Bool {
        guard pendingPost == link else { return false }
        pendingPost = nil
        actions.append(.answer(link, answer))
        return true
    }

    /// Takes the packets of a body one by one, so that those before a bad one still count.
    private mutating func postReceived(
        _ link: LinkID, _ body: ByteBuffer, _ now: NIODeadline, _ actions: inout [Action]
    ) {
        guard pendingPost == link else { return }
        var rest: ByteBuffer? = body
        let isBinary = pendingPostIsBinary
        var ending: CloseReason? = isBinary || body.isUTF8 ? nil : .parseError
        var budget = settings.maxPacketsPerPost
        do throws(PollingPayload.Malformed) {
            while ending == nil,
                let packet = try PollingPayload.next(from: &rest, version: version, isBinary: isBinary)
            {
                budget -= 1
                ending = budget < 0 ? .parseError : received(packet, now, &actions)
            }
        } catch {
            ending = .parseError
        }
        switch ending {
        case nil, .transportClose: finishPost(link, .accepted, &actions)
        default: finishPost(link, .refused, &actions)
        }
        if ending == .transportClose, pendingPoll == nil, case .polling = phase {
            leave(now, &actions)
        } else if let ending {
            end(ending, &actions)
        }
    }

    /// Ends the session of a client that says by POST that it leaves; a poll that it sent before, over another
    /// connection, may still come and is answered as if it had come first.
    private mutating func leave(_ now: NIODeadline, _ actions: inout [Action]) {
        dropProbe(&actions)
        dropQueue()
        phase = .farewell(until: now + Self.leaveTimeout, last: .noop)
        actions.append(.ended(.transportClose))
    }

    private mutating func requestDropped(_ link: LinkID, _ actions: inout [Action]) {
        if pendingPoll == link {
            pendingPoll = nil
        } else if pendingPost == link {
            pendingPost = nil
        } else {
            return
        }
        // After the upgrade the old transport's requests no longer matter.
        if case .polling = phase { end(.transportError, &actions) }
    }

    /// Answers the pending poll with what is queued.
    private mutating func flushPoll(_ actions: inout [Action]) {
        guard case .polling = phase, let poll = pendingPoll, !queue.isEmpty else { return }
        pendingPoll = nil
        actions.append(.answer(poll, .packets(takeQueue())))
    }

    /// Answers a poll of a closing session; true when that was the last word.
    private mutating func answerFarewell(
        _ link: LinkID, _ last: EncodedPacket, _ actions: inout [Action]
    ) -> Bool {
        let isLast = queue.count < settings.maxPacketsPerPoll
        actions.append(.answer(link, .packets(takeQueue() + (isLast ? [last] : []))))
        return isLast
    }

    /// Takes as much of the queue as one answer may hold.
    private mutating func takeQueue() -> [EncodedPacket] {
        let taken = Array(queue.prefix(settings.maxPacketsPerPoll))
        queue.removeFirst(taken.count)
        queuedBytes -= taken.reduce(0) { $0 + $1.size }
        return taken
    }

    private mutating func enqueue(_ packet: EncodedPacket) {
        queue.append(packet)
        queuedBytes += packet.size
    }
}

// MARK: WebSocket

extension Session {
    private mutating func socketOpened(_ link: LinkID, _ now: NIODeadline, _ actions: inout [Action]) {
        guard case .polling(nil) = phase else {
            actions.append(.closeSocket(link))
            return
        }
        if usesWebSocket {
            phase = .websocket(link)
            writeQueue(to: link, &actions)
        } else if settings.allowsUpgrade {
            phase = .polling(Probe(link: link, deadline: now + settings.upgradeTimeout))
        } else {
            actions.append(.closeSocket(link))
        }
    }

    private mutating func socketText(
        _ link: LinkID, _ text: ByteBuffer, _ now: NIODeadline, _ actions: inout [Action]
    ) {
        switch phase {
        case .websocket(link):
            guard let packet = Packet(text: text) else {
                end(.parseError, &actions)
                return
            }
            if let ending = received(packet, now, &actions) { end(ending, &actions) }
        case .polling(let probe?) where probe.link == link:
            probed(probe, Packet(text: text), now, &actions)
        default: break
        }
    }

    private mutating func socketBinary(_ link: LinkID, _ bytes: ByteBuffer, _ actions: inout [Action]) {
        switch phase {
        case .websocket(link):
            var bytes = bytes
            guard version == .four || bytes.readInteger() == PacketType.message.rawValue else {
                end(.parseError, &actions)
                return
            }
            actions.append(.deliver(.binary(bytes)))
        case .polling(let probe?) where probe.link == link: dropProbe(&actions)
        default: break
        }
    }

    /// Takes a frame of the WebSocket that wants to replace polling: `2probe`, then `5`; anything else closes it.
    private mutating func probed(
        _ probe: Probe, _ packet: Packet?, _ now: NIODeadline, _ actions: inout [Action]
    ) {
        switch packet {
        case .text(.ping, let text) where text == Self.probeText && probe.nextNoop == nil:
            var ready = probe
            ready.nextNoop = now + Self.noopInterval
            phase = .polling(ready)
            actions.append(.write(probe.link, .probeAnswer))
            releasePoll(&actions)
        case .text(.upgrade, _) where probe.nextNoop != nil:
            releasePoll(&actions)
            phase = .websocket(probe.link)
            usesWebSocket = true
            writeQueue(to: probe.link, &actions)
            actions.append(.upgraded)
        default: dropProbe(&actions)
        }
    }

    private static let probeText = ByteBuffer(string: "probe")

    /// Answers a hanging poll with what is queued or, if that is nothing, with a packet that says nothing.
    private mutating func releasePoll(_ actions: inout [Action]) {
        guard pendingPoll != nil else { return }
        if queue.isEmpty { enqueue(.noop) }
        flushPoll(&actions)
    }

    private mutating func dropProbe(_ actions: inout [Action]) {
        guard case .polling(let probe?) = phase else { return }
        phase = .polling(nil)
        actions.append(.closeSocket(probe.link))
    }

    private mutating func socketClosed(_ link: LinkID, _ failed: Bool, _ actions: inout [Action]) {
        switch phase {
        case .websocket(link):
            phase = .polling(nil)  // The link is gone: there is nothing left to close.
            end(failed ? .transportError : .transportClose, &actions)
        case .polling(let probe?) where probe.link == link: phase = .polling(nil)
        default: break
        }
    }

    private mutating func writeQueue(to link: LinkID, _ actions: inout [Action]) {
        for packet in queue { write(packet, to: link, &actions) }
        dropQueue()
    }

    private func write(_ packet: EncodedPacket, to link: LinkID, _ actions: inout [Action]) {
        actions.append(.write(link, version == .four ? packet : packet.forVersion3))
    }
}

// MARK: packets, time and the end

extension Session {
    /// Takes a packet from the transport in use; returns the reason when it ends the session.
    private mutating func received(
        _ packet: Packet, _ now: NIODeadline, _ actions: inout [Action]
    ) -> CloseReason? {
        switch packet {
        case .binary(let bytes): actions.append(.deliver(.binary(bytes)))
        case .text(.message, let text): actions.append(.deliver(.text(text)))
        case .text(.pong, _):
            guard version == .four else { return .transportError }
            heartbeat = .pingAt(now + settings.pingInterval)
        case .text(.close, _): return .transportClose
        case .text(.ping, let text):
            guard version == .three else { return .transportError }
            pinged(text, now, &actions)
        case .text(.open, _), .text(.upgrade, _), .text(.noop, _): break
        }
        return nil
    }

    /// Answers the ping of a version 3 client with what it said.
    private mutating func pinged(_ text: ByteBuffer, _ now: NIODeadline, _ actions: inout [Action]) {
        heartbeat = .clientPingBy(now + settings.pingInterval + settings.pingTimeout)
        let pong = EncodedPacket(.pong, capacity: text.readableBytes) { $0.writeImmutableBuffer(text) }
        if case .websocket(let link) = phase {
            actions.append(.write(link, pong))
        } else {
            enqueue(pong)
            flushPoll(&actions)
        }
    }

    private mutating func send(_ outgoing: Outgoing, _ actions: inout [Action]) {
        switch phase {
        case .ended, .farewell: break
        case .websocket(let link):
            write(outgoing.packet, to: link, &actions)
            for attachment in outgoing.attachments { write(attachment, to: link, &actions) }
        case .polling(let probe):
            if outgoing.isVolatile, pendingPoll == nil || !queue.isEmpty || probe != nil {
                actions.append(.droppedVolatile)
                return
            }
            guard queuedBytes <= settings.maxQueuedBytes else {
                end(.slowClient, &actions)
                return
            }
            enqueue(outgoing.packet)
            for attachment in outgoing.attachments { enqueue(attachment) }
            if pendingPoll != nil, !flushRequested {
                flushRequested = true
                actions.append(.requestFlush)
            }
        }
    }

    private mutating func timer(_ now: NIODeadline, _ actions: inout [Action]) {
        switch phase {
        case .ended: return
        case .farewell(let until, _):
            if now >= until { release(&actions) }
            return
        case .polling(let probe?):
            if now >= probe.deadline {
                dropProbe(&actions)
            } else if let noop = probe.nextNoop, now >= noop {
                releasePoll(&actions)
                var next = probe
                next.nextNoop = now + Self.noopInterval
                phase = .polling(next)
            }
        case .polling(nil), .websocket: break
        }
        beat(now, &actions)
    }

    /// Ends a session whose time is just over before a request is taken for it: an event loop reads before it looks at
    /// its timers.
    ///
    /// One that is later than usual was held up, and then what the client has said in time is still to be read.
    private mutating func expire(_ now: NIODeadline, _ actions: inout [Action]) {
        switch heartbeat {
        case .pongBy(let time) where now >= time && now <= time + Self.usualLateness,
            .clientPingBy(let time) where now >= time && now <= time + Self.usualLateness:
            timer(now, &actions)
        default: break
        }
    }

    private mutating func beat(_ now: NIODeadline, _ actions: inout [Action]) {
        switch heartbeat {
        case .pingAt(let time) where now >= time:
            heartbeat = .pongBy(max(time, now - Self.usualLateness) + settings.pingTimeout)
            if case .websocket(let link) = phase {
                actions.append(.write(link, .ping))
            } else {
                enqueue(.ping)
                flushPoll(&actions)
            }
        case .pongBy(let time) where now >= time, .clientPingBy(let time) where now >= time:
            end(.pingTimeout, &actions)
        default: break
        }
    }

    /// Closes the session from this side; a polling client without a pending poll is told at its next one.
    private mutating func close(_ reason: CloseReason, _ now: NIODeadline, _ actions: inout [Action]) {
        guard case .polling = phase, !usesWebSocket, reason != .shuttingDown else {
            end(reason, &actions)
            return
        }
        dropProbe(&actions)
        if let post = pendingPost { finishPost(post, .accepted, &actions) }
        phase = .farewell(until: now + settings.farewellTimeout, last: .close)
        var isSaid = false
        if let poll = pendingPoll {
            pendingPoll = nil
            isSaid = answerFarewell(poll, .close, &actions)
        }
        actions.append(.ended(reason))
        if isSaid { release(&actions) }
    }

    /// Ends the session now: whoever waits is answered, the links are closed, the application is told.
    private mutating func end(_ reason: CloseReason, _ actions: inout [Action]) {
        switch phase {
        case .ended, .farewell: return
        case .websocket(let link): actions.append(.closeSocket(link))
        case .polling:
            dropProbe(&actions)
            if let poll = pendingPoll, reason == .shuttingDown {
                // A close packet would tell some clients not to come back.
                pendingPoll = nil
                actions.append(.answer(poll, .goingAway))
            } else if let poll = pendingPoll {
                pendingPoll = nil
                // A client that says that it leaves is not told to leave.
                let last: EncodedPacket = reason == .transportClose ? .noop : .close
                actions.append(.answer(poll, .packets(takeQueue().prefix(settings.maxPacketsPerPoll - 1) + [last])))
            }
        }
        if let post = pendingPost { finishPost(post, .accepted, &actions) }
        phase = .polling(nil)
        actions.append(.ended(reason))
        release(&actions)
    }

    private mutating func release(_ actions: inout [Action]) {
        phase = .ended
        dropQueue()
        actions.append(.released)
    }

    private mutating func dropQueue() {
        queue = []
        queuedBytes = 0
    }

    /// The first packet: what the client must know about this session, as JSON.
    private static func handshake(id: SessionID, upgrades: Bool, settings: SessionSettings) -> EncodedPacket {
        let list = upgrades ? #"["websocket"]"# : "[]"
        let interval = settings.pingInterval.nanoseconds / 1_000_000
        let timeout = settings.pingTimeout.nanoseconds / 1_000_000
        let json =
            #"{"sid":"\#(id)","upgrades":\#(list),"pingInterval":\#(interval),"pingTimeout":\#(timeout),"#
            + #""maxPayload":\#(settings.maxPayload)}"#
        return EncodedPacket(.open, capacity: json.utf8.count) { _ = $0.writeString(json) }
    }
}

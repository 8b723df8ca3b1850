import EngineIO
import NIOCore
import Testing

@Suite("A session as a value")
struct SessionTests {
    @Test("the first poll is answered with the handshake")
    func handshake() {
        var script = SessionScript()
        let words = script.play(.pollOpened(LinkID(1)))
        let json =
            #"{"sid":"S","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        #expect(words == ["1 answered 0" + json])
    }

    @Test("over a WebSocket the handshake offers no upgrade")
    func handshakeOverWebSocket() {
        var script = SessionScript(.websocket)
        let words = script.play(.socketOpened(LinkID(1)))
        #expect(words.count == 1)
        #expect(words.first?.contains(#""upgrades":[]"#) == true)
    }

    @Test("a poll hangs until something is sent, and what one turn sends goes out together")
    func pollWaits() {
        var script = SessionScript.polling()
        #expect(script.play(.pollOpened(LinkID(2))).isEmpty)
        #expect(script.send("a") == ["flush requested"])
        #expect(script.send("b").isEmpty)
        #expect(script.play(.flush) == ["2 answered 4a 4b"])
        #expect(script.send("c").isEmpty)
        #expect(script.play(.pollOpened(LinkID(3))) == ["3 answered 4c"])
    }

    @Test("attachments travel right behind their packet", arguments: [Transport.polling, .websocket])
    func attachments(transport: Transport) {
        let outgoing = Outgoing(
            EncodedPacket(text: "x"), attachments: [EncodedPacket(binary: ByteBuffer(bytes: [1, 2]))])
        switch transport {
        case .polling:
            var script = SessionScript.polling()
            script.play(.send(outgoing))
            #expect(script.play(.pollOpened(LinkID(2))) == ["2 answered 4x bytes [1, 2]"])
        case .websocket:
            var script = SessionScript.websocket()
            #expect(script.play(.send(outgoing)) == ["1 gets 4x", "1 gets bytes [1, 2]"])
        }
    }

    @Test(
        "a POST's packets are taken in order and the bad one ends the session",
        arguments: [
            ("4a", ["heard a", "2 answered ok"]),
            ("4a\u{1e}bAQI=\u{1e}4b", ["heard a", "heard bytes [1, 2]", "heard b", "2 answered ok"]),
            ("4", ["heard ", "2 answered ok"]),
            ("3", ["2 answered ok"]),
            ("5", ["2 answered ok"]),
            ("6", ["2 answered ok"]),
            ("0", ["2 answered ok"]),
            ("4a\u{1e}9", ["heard a", "2 answered 400", "ended: parse error", "released"]),
            ("", ["2 answered 400", "ended: parse error", "released"]),
            ("4a\u{1e}", ["heard a", "2 answered 400", "ended: parse error", "released"]),
            ("abc", ["2 answered 400", "ended: parse error", "released"]),
            ("b!!", ["2 answered 400", "ended: parse error", "released"]),
            ("2", ["2 answered 400", "ended: transport error", "released"]),
            ("4a\u{1e}1\u{1e}4b", ["heard a", "2 answered ok", "ended: transport close"]),
        ])
    func posts(body: String, expected: [String]) {
        var script = SessionScript.polling()
        #expect(script.post(2, body) == expected)
    }

    @Test("the poll of a client that leaves is answered whether it comes before or after the close packet")
    func leaving() {
        var before = SessionScript.polling()
        before.play(.pollOpened(LinkID(2)))
        #expect(before.post(3, "1") == ["3 answered ok", "2 answered 6", "ended: transport close", "released"])
        var after = SessionScript.polling()
        #expect(after.post(3, "1") == ["3 answered ok", "ended: transport close"])
        #expect(after.play(.pollOpened(LinkID(2))) == ["2 answered 6", "released"])
        #expect(after.play(.pollOpened(LinkID(4))) == ["4 answered 400 Session ID unknown"])
        var never = SessionScript.polling()
        _ = never.post(3, "1")
        #expect(never.pass(.seconds(3)) == ["released"])
    }

    @Test("a body that is no UTF-8 is no payload")
    func invalidUTF8() {
        var script = SessionScript.polling()
        script.play(.postOpened(LinkID(2)))
        let words = script.play(.postReceived(LinkID(2), ByteBuffer(bytes: [0x34, 0xff])))
        #expect(words == ["2 answered 400", "ended: parse error", "released"])
    }

    @Test("more packets than allowed in one POST end the session")
    func tooManyPackets() {
        var script = SessionScript.polling { $0.maxPacketsPerPost = 2 }
        let words = script.post(2, "4a\u{1e}4b\u{1e}4c")
        #expect(words == ["heard a", "heard b", "2 answered 400", "ended: parse error", "released"])
    }

    @Test("a second poll ends the session and completes the first with a close packet")
    func secondPoll() {
        var script = SessionScript.polling()
        script.play(.pollOpened(LinkID(2)))
        let words = script.play(.pollOpened(LinkID(3)))
        #expect(words == ["3 answered 400", "2 answered 1", "ended: transport error", "released"])
    }

    @Test("a second POST ends the session and breaks the first one's connection")
    func secondPost() {
        var script = SessionScript.polling()
        script.play(.postOpened(LinkID(2)))
        let words = script.play(.postOpened(LinkID(3)))
        #expect(words == ["3 answered 400", "2 aborted", "ended: transport error", "released"])
    }

    @Test("a body that is too large is answered 413 and the session goes on")
    func tooLarge() {
        var script = SessionScript.polling()
        script.play(.postOpened(LinkID(2)))
        #expect(script.play(.postTooLarge(LinkID(2))) == ["2 answered 413"])
        #expect(script.post(3, "4a") == ["heard a", "3 answered ok"])
    }

    @Test("a poll whose connection breaks ends the session at once")
    func droppedPoll() {
        var script = SessionScript.polling()
        script.play(.pollOpened(LinkID(2)))
        #expect(script.play(.requestDropped(LinkID(2))) == ["ended: transport error", "released"])
        #expect(script.play(.pollOpened(LinkID(3))) == ["3 answered 400 Session ID unknown"])
    }

    @Test("the upgrade: probe, release of the hanging poll, then everything over the WebSocket")
    func upgrade() {
        var script = SessionScript.polling()
        script.play(.pollOpened(LinkID(2)))
        #expect(script.play(.socketOpened(LinkID(9))).isEmpty)
        #expect(script.text(9, "2probe") == ["9 gets 3probe", "2 answered 6"])
        #expect(script.send("while probing").isEmpty)
        #expect(script.text(9, "5") == ["9 gets 4while probing", "upgraded"])
        #expect(script.session.transport == .websocket)
        #expect(script.play(.pollOpened(LinkID(3))) == ["3 answered 400 Bad request"])
        #expect(script.play(.postOpened(LinkID(4))) == ["4 answered 400 Bad request"])
        #expect(script.text(9, "4hello") == ["heard hello"])
    }

    @Test("polls that come during the upgrade are released again and again")
    func repeatedNoops() {
        var script = SessionScript.polling()
        script.play(.socketOpened(LinkID(9)))
        _ = script.text(9, "2probe")
        for link in 2...4 as ClosedRange<UInt64> {
            script.play(.pollOpened(LinkID(link)))
            #expect(script.pass(.milliseconds(100)) == ["\(link) answered 6"])
        }
    }

    @Test(
        "anything but the probe closes that WebSocket and the session goes on polling",
        arguments: ["2", "2hello", "4x", "5", "", "x", "3probe"])
    func wrongProbe(frame: String) {
        var script = SessionScript.polling()
        script.play(.socketOpened(LinkID(9)))
        #expect(script.text(9, frame) == ["9 closed"])
        #expect(script.post(2, "4a") == ["heard a", "2 answered ok"])
        #expect(script.play(.socketOpened(LinkID(10))).isEmpty)
        #expect(script.text(10, "2probe") == ["10 gets 3probe"])
    }

    @Test("a second probe closes the WebSocket")
    func probeTwice() {
        var script = SessionScript.polling()
        script.play(.socketOpened(LinkID(9)))
        _ = script.text(9, "2probe")
        #expect(script.text(9, "2probe") == ["9 closed"])
    }

    @Test("an upgrade that takes too long is given up")
    func upgradeTimeout() {
        var script = SessionScript.polling()
        script.play(.socketOpened(LinkID(9)))
        _ = script.text(9, "2probe")
        #expect(script.pass(.seconds(9)).isEmpty)
        #expect(script.pass(.seconds(2)) == ["9 closed"])
        #expect(!script.session.isEnded)
    }

    @Test("a WebSocket that breaks after the probe leaves the session polling")
    func brokenProbe() {
        var script = SessionScript.polling()
        script.play(.socketOpened(LinkID(9)))
        _ = script.text(9, "2probe")
        #expect(script.play(.socketClosed(LinkID(9), failed: true)).isEmpty)
        #expect(script.post(2, "4a") == ["heard a", "2 answered ok"])
    }

    @Test("a second WebSocket for a session is closed, the first one stays", arguments: [true, false])
    func secondSocket(whileProbing: Bool) {
        var script = SessionScript.polling()
        script.play(.socketOpened(LinkID(8)))
        if !whileProbing {
            _ = script.text(8, "2probe")
            _ = script.text(8, "5")
        }
        #expect(script.play(.socketOpened(LinkID(9))) == ["9 closed"])
        #expect(script.play(.socketClosed(LinkID(9), failed: false)).isEmpty)
        #expect(!script.session.isEnded)
    }

    @Test(
        "pings come pingInterval after the pong, and silence ends the session",
        arguments: [Transport.polling, .websocket])
    func heartbeat(transport: Transport) {
        var script = transport == .polling ? SessionScript.polling() : .websocket()
        if transport == .polling { script.play(.pollOpened(LinkID(2))) }
        let ping = transport == .polling ? "2 answered 2" : "1 gets 2"
        #expect(script.pass(.seconds(24)).isEmpty)
        #expect(script.pass(.seconds(1)) == [ping])
        #expect(script.pass(.seconds(19)).isEmpty)
        let pong = transport == .polling ? script.post(3, "3") : script.text(1, "3")
        #expect(pong == (transport == .polling ? ["3 answered ok"] : []))
        #expect(script.pass(.seconds(24)).isEmpty)
        if transport == .polling { script.play(.pollOpened(LinkID(4))) }
        #expect(script.pass(.seconds(1)) == [transport == .polling ? "4 answered 2" : "1 gets 2"])
        // Other traffic is no pong.
        _ = transport == .polling ? script.post(5, "4x") : script.text(1, "4x")
        let end = script.pass(.seconds(20))
        #expect(end.suffix(2) == ["ended: ping timeout", "released"])
    }

    @Test(
        "a request that is read when the time is just over finds nobody; one that waited long for a busy loop is taken",
        arguments: [ProtocolVersion.three, .four],
        [Session.Input.pollOpened(LinkID(3)), .postOpened(LinkID(3))])
    func justOver(version: ProtocolVersion, request: Session.Input) {
        for (lateness, answer) in [
            (0, "3 answered 400 Session ID unknown"), (20, "3 answered 400 Session ID unknown"), (21, nil),
        ] {
            var script = SessionScript.polling(version: version)
            if version == .four {
                script.play(.pollOpened(LinkID(2)))
                script.pass(.seconds(44))
            } else {
                script.pass(.seconds(44))
            }
            #expect(!script.session.isEnded)
            script.hold(.milliseconds(1000 + Int64(lateness)))
            #expect(script.play(request).last == answer)
            #expect(script.session.isEnded == (answer != nil))
        }
    }

    @Test("a day of heartbeats keeps a session alive")
    func dayOfHeartbeats() {
        var script = SessionScript.websocket()
        var pings = 0
        for _ in 0..<(24 * 3600 / 25) {
            pings += script.pass(.seconds(25)).count { $0 == "1 gets 2" }
            _ = script.text(1, "3")
        }
        #expect(pings == 24 * 3600 / 25)
        #expect(!script.session.isEnded)
    }

    @Test("a day of heartbeats keeps a poller alive, in both versions", arguments: ProtocolVersion.allCases)
    func dayOfPolling(version: ProtocolVersion) {
        var script = SessionScript.polling(version: version)
        var link: UInt64 = 10
        var beats = 0
        for _ in 0..<(24 * 3600 / 25) {
            script.play(.pollOpened(LinkID(link)))
            var words = script.pass(.seconds(25))
            words += script.post(link + 1, version == .four ? "3" : "1:2")
            beats += words.count { $0 == (version == .four ? "\(link) answered 2" : "\(link) answered 3") }
            link += 2
        }
        #expect(beats == 24 * 3600 / 25)
        #expect(!script.session.isEnded)
    }

    @Test("the server's close reaches a hanging poll at once")
    func closeWithPoll() {
        var script = SessionScript.polling()
        script.play(.pollOpened(LinkID(2)))
        _ = script.send("bye")
        #expect(script.play(.close(.forcedClose)) == ["2 answered 4bye 1", "ended: forced close", "released"])
    }

    @Test("when the server stops, pollers are not told to stay away", arguments: [true, false])
    func shutdown(pollHangs: Bool) {
        var script = SessionScript.polling()
        if pollHangs { script.play(.pollOpened(LinkID(2))) }
        let words = script.play(.close(.shuttingDown))
        #expect(words == (pollHangs ? ["2 answered 503"] : []) + ["ended: server shutting down", "released"])
    }

    @Test("the server's close waits for the next poll, but not for ever")
    func closeWithoutPoll() {
        var script = SessionScript.polling()
        _ = script.send("bye")
        #expect(script.play(.close(.forcedClose)) == ["ended: forced close"])
        var other = script
        #expect(script.play(.pollOpened(LinkID(2))) == ["2 answered 4bye 1", "released"])
        #expect(script.play(.pollOpened(LinkID(3))) == ["3 answered 400 Session ID unknown"])
        #expect(other.pass(.seconds(31)) == ["released"])
    }

    @Test("the server's close over a WebSocket comes after what was sent")
    func closeWebSocket() {
        var script = SessionScript.websocket()
        #expect(script.send("bye") == ["1 gets 4bye"])
        #expect(script.play(.close(.shuttingDown)) == ["1 closed", "ended: server shutting down", "released"])
        #expect(script.play(.socketClosed(LinkID(1), failed: false)).isEmpty)
    }

    @Test(
        "frames over an open WebSocket",
        arguments: [
            ("4x", ["heard x"]), ("3", []), ("5", []), ("6", []), ("0", []),
            ("1", ["1 closed", "ended: transport close", "released"]),
            ("2", ["1 closed", "ended: transport error", "released"]),
            ("", ["1 closed", "ended: parse error", "released"]),
            ("abc", ["1 closed", "ended: parse error", "released"]),
            ("9", ["1 closed", "ended: parse error", "released"]),
        ])
    func frames(frame: String, expected: [String]) {
        var script = SessionScript.websocket()
        #expect(script.text(1, frame) == expected)
    }

    @Test("an answer holds so many packets, and the next poll gets the rest, also when the session closes")
    func fullAnswers() {
        var script = SessionScript.polling { $0.maxPacketsPerPoll = 2 }
        for text in ["a", "b", "c", "d"] { _ = script.send(text) }
        #expect(script.play(.pollOpened(LinkID(2))) == ["2 answered 4a 4b"])
        #expect(script.play(.close(.forcedClose)) == ["ended: forced close"])
        #expect(script.play(.pollOpened(LinkID(3))) == ["3 answered 4c 4d"])
        #expect(script.play(.pollOpened(LinkID(4))) == ["4 answered 1", "released"])
    }

    @Test("what waits for a poller is bounded")
    func slowPoller() {
        var script = SessionScript.polling { $0.maxQueuedBytes = 1000 }
        for _ in 0..<100 where !script.session.isEnded { _ = script.send(String(repeating: "x", count: 100)) }
        #expect(script.history.suffix(2) == ["ended: slow client", "released"])
    }

    @Test("a volatile message is dropped when no poll waits, or when something else goes out with it")
    func volatile() {
        var script = SessionScript.polling()
        #expect(script.send("v", isVolatile: true) == ["volatile dropped"])
        script.play(.pollOpened(LinkID(2)))
        #expect(script.send("v", isVolatile: true) == ["flush requested"])
        #expect(script.send("w", isVolatile: true) == ["volatile dropped"])
        #expect(script.play(.flush) == ["2 answered 4v"])
    }
}

import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("A connection's protocol as a value")
struct ClientStateTests {
    /// Plays messages and tells what came of each in short words; bytes are written as `<n bytes>`.
    private struct Script {
        var state = ClientState(limits: SocketLimits())

        mutating func text(_ text: String) -> String? {
            state.received(text: ByteBuffer(string: text)).map(describe)
        }

        mutating func binary(_ bytes: [UInt8]) -> String? {
            state.received(binary: ByteBuffer(bytes: bytes)).map(describe)
        }

        mutating func joined(_ namespaces: String...) -> Script {
            for namespace in namespaces {
                _ = text(namespace == "/" ? "0" : "0\(namespace),")
                _ = state.admitted(namespace)
            }
            return self
        }

        private func describe(_ action: ClientState.Action) -> String {
            switch action {
            case .authorize(let namespace, let auth): "authorize \(namespace) \(auth.map { String(buffer: $0) } ?? "-")"
            case .deliver(let namespace, let event, let ackID):
                "deliver \(namespace) \(event.name) \(describe(event.arguments)) \(ackID.map(String.init) ?? "-")"
            case .acknowledged(let namespace, let id, let arguments):
                "acknowledged \(namespace) \(id) \(describe(arguments))"
            case .left(let namespace): "left \(namespace)"
            case .close(let violation): "close: \(violation)"
            }
        }

        private func describe(_ arguments: Arguments) -> String {
            let texts = (0..<arguments.count).map { (try? arguments.rawJSON(at: $0)).map { String(buffer: $0) } ?? "?" }
            let bytes = arguments.attachments.map { "<\($0.readableBytes) bytes>" }
            return "(" + (texts + bytes).joined(separator: " ") + ")"
        }
    }

    private func connected(_ namespaces: String...) -> Script {
        var script = Script()
        for namespace in namespaces { _ = script.joined(namespace) }
        return script
    }

    @Test(
        "the first packet",
        arguments: [
            ("0", "authorize / -"), ("0{\"token\":\"1\"}", "authorize / {\"token\":\"1\"}"),
            ("0/custom,", "authorize /custom -"), ("0/custom", "authorize /custom -"),
            ("0\"text\"", "close: badPayload"), ("0[1]", "close: badPayload"), ("0null", "close: badPayload"),
            ("0{", "close: badPayload"), ("2[\"x\"]", "close: notConnected"), ("1", "close: notConnected"),
            ("3", "close: notConnected"), ("4{\"message\":\"x\"}", "close: unexpectedType"),
            ("51-[\"x\"]", "close: notConnected"), ("", "close: unknownType"), ("9", "close: unknownType"),
        ])
    func first(text: String, expected: String) {
        var script = Script()
        #expect(script.text(text) == expected)
    }

    @Test(
        "events and acknowledgements of a joined namespace",
        arguments: [
            ("2[\"a\",1,{\"b\":[2]}]", "deliver / a (1 {\"b\":[2]}) -"), ("27[\"a\"]", "deliver / a () 7"),
            ("2[5]", "deliver / 5 () -"), ("2[\"error\"]", "deliver / error () -"),
            ("2[\"é\\n\\u00e9\"]", "deliver / é\né () -"), ("2[\"\\ud800\"]", "deliver / \\ud800 () -"),
            ("2[\"x\",{\"_placeholder\":true,\"num\":5}]", "deliver / x ({\"_placeholder\":true,\"num\":5}) -"),
            ("50-[\"x\"]", "deliver / x () -"), ("35[1]", "acknowledged / 5 (1)"), ("35[]", "acknowledged / 5 ()"),
            ("1", "left /"),
            ("2[]", "close: badEventName"), ("2{}", "close: badPayload"), ("2[null]", "close: badEventName"),
            ("2[\"connect\"]", "close: badEventName"), ("2[\"disconnecting\"]", "close: badEventName"),
            ("2[\"newListener\"]", "close: badEventName"), ("2[\"x\"", "close: badPayload"),
            ("2abc[\"x\"]", "close: badPayload"), ("35{}", "close: badPayload"), ("35", "close: badPayload"),
            ("1{}", "close: badPayload"), ("0", "close: connectedTwice"), ("4", "close: unexpectedType"),
            ("2/other,[\"x\"]", "close: notConnected"), ("599-[\"x\"]", "close: tooManyAttachments"),
        ] as [(String, String)])
    func joined(text: String, expected: String) {
        var script = connected("/")
        #expect(script.text(text) == expected)
    }

    @Test("what says nothing does nothing", arguments: ["2", "3[1]"])
    func ignored(text: String) {
        var script = connected("/")
        #expect(script.text(text) == nil)
        #expect(script.text("2[\"still here\"]") == "deliver / still here () -")
    }

    @Test("attachments complete their packet")
    func attachments() {
        var script = connected("/")
        #expect(script.text(#"52-3["b",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#) == nil)
        #expect(script.binary([1]) == nil)
        #expect(
            script.binary([1, 2])
                == #"deliver / b ({"_placeholder":true,"num":1} {"_placeholder":true,"num":0} <1 bytes> <2 bytes>) 3"#)
    }

    @Test("text where an attachment is due, and bytes where none is, close the connection")
    func order() {
        var script = connected("/")
        _ = script.text(#"51-["b",{"_placeholder":true,"num":0}]"#)
        #expect(script.text("2[\"x\"]") == "close: textWhileAttachmentsAreDue")
        var other = connected("/")
        #expect(other.binary([1]) == "close: unexpectedAttachment")
    }

    @Test("a placeholder that names no attachment closes the connection")
    func wrongPlaceholder() {
        var script = connected("/")
        _ = script.text(#"51-["b",{"_placeholder":true,"num":1}]"#)
        #expect(script.binary([1]) == "close: badPayload")
    }

    @Test("events that come before the answer to CONNECT close the connection")
    func early() {
        var script = Script()
        _ = script.text("0")
        #expect(script.text("2[\"x\"]") == "close: notConnected")
    }

    @Test("after a violation nothing counts any more")
    func final() {
        var script = connected("/")
        _ = script.text("9")
        #expect(script.text("2[\"x\"]") == nil)
        #expect(script.binary([1]) == nil)
        #expect(script.state.connectTimeout() == nil)
    }

    @Test("what an expelled client sent before it knew is ignored, and it may come back")
    func expelled() {
        var script = connected("/", "/a")
        script.state.expelled("/a")
        #expect(script.text("2/a,[\"x\"]") == nil)
        #expect(script.text("2[\"x\"]") == "deliver / x () -")
        #expect(script.text("0/a,") == "authorize /a -")
        script.state.expelled("/a")
        #expect(script.text("1/a,") == nil)
        #expect(script.text("2/a,[\"x\"]") == "close: notConnected")
    }

    @Test("namespaces per connection are bounded")
    func manyNamespaces() {
        var script = Script()
        for number in 0..<SocketLimits().maxNamespaces {
            #expect(script.text("0/n\(number),") == "authorize /n\(number) -")
        }
        #expect(script.text("0/more,") == "close: tooManyNamespaces")
    }

    @Test("attachments of one packet are bounded together")
    func largeAttachments() {
        var limits = SocketLimits()
        limits.maxAttachmentBytes = 10
        var script = Script(state: ClientState(limits: limits))
        _ = script.joined("/")
        _ = script.text("52-[\"x\"]")
        #expect(script.binary([1, 2, 3, 4, 5, 6]) == nil)
        #expect(script.binary([1, 2, 3, 4, 5, 6]) == "close: attachmentsTooLarge")
    }

    @Test("a client that joins nothing in time is closed, one that has joined is not")
    func timeout() {
        var state = ClientState(limits: SocketLimits())
        guard case .close(.connectTimeout)? = state.connectTimeout() else {
            Issue.record("a silent client was not closed")
            return
        }
        var other = connected("/")
        #expect(other.state.connectTimeout() == nil)
    }
}

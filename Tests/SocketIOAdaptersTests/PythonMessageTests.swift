import NIOCore
import SocketIO
import Testing

@testable import SocketIOAdapters

@Suite("Messages of python-socketio")
struct PythonMessageTests {
    @Test("an event is written as Python writes it")
    func emit() throws {
        let packet = BroadcastPacket(namespace: "/", json: ByteBuffer(string: #"["e1",{"a":1},"x"]"#))
        #expect(
            text(.emit(packet, Target(), callback: nil))
                == #"{"method":"emit","event":"e1","data":[{"a":1},"x"],"binary":false,"namespace":"/","room":null,"#
                + #""skip_sid":null,"callback":null,"host_id":"me"}"#)
        let bytes = BroadcastPacket(
            namespace: "/n", json: ByteBuffer(string: #"["e",{"_placeholder":true,"num":0}]"#),
            attachments: [ByteBuffer(bytes: [1, 2, 255])])
        let callback = PythonMessage.Callback(host: "me", room: "r", namespace: "/n", id: 7)
        #expect(
            text(.emit(bytes, Target(rooms: ["r"], except: ["a", "b"]), callback: callback))
                == #"{"method":"emit","event":"e","data":[[{"_placeholder":true,"num":0}],"AQL/"],"binary":true,"#
                + #""namespace":"/n","room":"r","skip_sid":["a","b"],"callback":["r","/n",7],"host_id":"me"}"#)
    }

    @Test("bytes in an answer cannot be said")
    func answer() throws {
        let plain = try #require(Arguments(json: ByteBuffer(string: "[1]")))
        #expect(
            text(.answer(host: "you", id: 4, room: "r", namespace: "/", plain))
                == #"{"method":"callback","sid":"r","namespace":"/","id":4,"args":[1],"host_id":"you"}"#)
        let bytes = try #require(
            Arguments(
                json: ByteBuffer(string: #"[{"_placeholder":true,"num":0}]"#), attachments: [ByteBuffer(bytes: [1])]))
        #expect(text(.answer(host: "you", id: 4, room: "r", namespace: "/", bytes)) == nil)
    }

    @Test("events are read in the forms of all versions since 5.14")
    func read() throws {
        for (data, json) in [
            ("[1,2]", #"["e",1,2]"#), ("[null]", #"["e"]"#), ("[]", #"["e"]"#), ("[[1]]", #"["e",[1]]"#),
            ("\"bare\"", #"["e","bare"]"#), ("null", #"["e"]"#), ("[null,1]", #"["e",null,1]"#),
            (#"[{"_placeholder":true,"num":3}]"#, #"["e",{"_placeholder":true,"num":3}]"#),
        ] {
            let message = PythonMessage(
                ByteBuffer(string: #"{"method":"emit","event":"e","data":\#(data)}"#), for: "me")
            guard case .emit(let packet, let target, nil) = message else {
                Issue.record("\(data) was not read")
                continue
            }
            #expect(String(buffer: packet.json) == json)
            #expect(packet.namespace == "/" && target == Target())
        }
    }

    @Test(
        "what has no effect is ignored",
        arguments: [
            "", "[]", "\u{80}\u{4}\u{95}", #"{"method":"emit"}"#, #"{"method":"unknown","host_id":"x"}"#,
            #"{"method":"emit","event":"e","data":[1],"host_id":"me"}"#,
            #"{"method":"emit","event":"e","data":[1],"room":[],"host_id":"x"}"#,
            #"{"method":"emit","event":"e","data":[1],"room":7,"host_id":"x"}"#,
            #"{"method":"emit","event":"disconnect","data":[1],"host_id":"x"}"#,
            #"{"method":"emit","event":"e","binary":true,"data":[[{"_placeholder":true,"num":1}],"AA=="]}"#,
            #"{"method":"emit","event":"e","binary":true,"data":[[1],"no base64!"]}"#,
            #"{"method":"emit","event":"e","binary":true,"data":[]}"#,
            #"{"method":"callback","sid":"r","namespace":"/","id":1,"args":[],"host_id":"you"}"#,
            #"{"method":"callback","sid":"r","namespace":"/","id":-1,"args":[],"host_id":"me"}"#,
            #"{"method":"enter_room","sid":"s","host_id":"x"}"#, #"{"method":"disconnect","host_id":"x"}"#,
        ])
    func ignored(text: String) {
        #expect(PythonMessage(ByteBuffer(string: text), for: "me") == nil)
    }

    private func text(_ message: PythonMessage) -> String? {
        message.encoded(from: "me").map { String(buffer: $0) }
    }
}

import EngineIO
import Foundation
import NIOCore
import NIOPosix
import SocketTestKit
import Testing

@Suite("The tutorial", .timeLimit(.minutes(1)))
struct TutorialTests {
    private static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func lines(_ text: some StringProtocol) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test("every block of its code is in the compiled file, word by word")
    func blocks() throws {
        let code = Self.lines(try Self.text("Tests/SocketIOTests/TutorialCode.swift"))
        let blocks = try Self.text("Sources/SocketIO/SocketIO.docc/MakingAChat.md").components(separatedBy: "```swift")
            .dropFirst().map { Self.lines($0.components(separatedBy: "```").first ?? "") }
        #expect(blocks.count == 8)
        for block in blocks {
            #expect(code.indices.contains { code[$0...].starts(with: block) }, "\(block.joined(separator: "\n"))")
        }
    }

    @Test("it does what it says")
    func play() async throws {
        let listener = try await TutorialCode.serve(on: MultiThreadedEventLoopGroup.singleton, port: 0)
        func client(_ auth: String) async throws -> RawClient {
            let client = try await RawClient.connect(listener.localAddress?.port ?? 0)
            _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket")
            _ = try await client.frame()
            try await client.sendText("40" + auth)
            return client
        }
        let stranger = try await client("")
        try await stranger.expect(#"44{"message":"Say who you are"}"#)
        let (ann, bob) = (try await client(#"{"name":"Ann"}"#), try await client(#"{"name":"Bob"}"#))
        for person in [ann, bob] { #expect(try await person.frame().text.hasPrefix("40{")) }
        try await ann.sendText(#"421["hello","Ann"]"#)
        try await ann.expect(#"431["Hello, Ann"]"#)
        try await ann.sendText(#"422["join","tea"]"#)
        try await ann.expect("432[]")
        try await bob.sendText(#"423["join","tea"]"#)
        try await ann.expect(#"42["joined","Bob"]"#)
        try await bob.expect("433[]")
        try await bob.sendText(#"42["say","tea","One lump?"]"#)
        for person in [ann, bob] { try await person.expect(#"42["said","Bob","One lump?"]"#) }
        try await ann.sendText(#"424["members","tea"]"#)
        try await ann.expect(#"434[["Ann","Bob"]]"#)
        try await ann.sendText(#"425["vote","tea","More?"]"#)
        for (person, vote) in [(ann, "true"), (bob, "false")] {
            let question = try await person.frame().text
            #expect(question.hasSuffix(#"["vote","More?"]"#))
            try await person.sendText("43" + question.dropFirst(2).prefix { $0.isNumber } + "[\(vote)]")
        }
        try await ann.expect("435[1]")
        try await bob.close()
        try await ann.expect(#"42["left","Bob","transport close"]"#)
        try await listener.close()
    }
}

import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("Namespaces that come into being", .timeLimit(.minutes(1)))
struct NamespaceFamilyTests {
    @Test(
        "a pattern fits whole names, hole by hole",
        arguments: [
            ("/dyn-{digits}", "/dyn-101", true), ("/dyn-{digits}", "/dyn-", false), ("/dyn-{digits}", "/dyn-1x", false),
            ("/dyn-{digits}", "/other", false), ("/{any}/chat", "/room é/chat", true),
            ("/{any}/chat", "/a/b/chat", false), ("/{any}", "/", false), ("/fixed", "/fixed", true),
            ("/fixed", "/fixed2", false), ("/a{digits}b{digits}", "/a1b22", true), ("", "", true), ("", "/", false),
        ])
    func patterns(pattern: String, name: String, fits: Bool) {
        #expect(NamespacePattern(pattern).matches(name) == fits)
    }

    @Test("a client's name that fits makes a namespace, which is set up once and goes with the last socket")
    func pattern() async throws {
        let made = Mailbox<String>()
        let families = Mailbox<NamespaceFamily>()
        let gone = Mailbox<String>()
        let live = try await LiveServer { server in
            server.namespace()
            let family = server.namespaces(matching: "/dyn-{digits}") { namespace in
                made.put(namespace.name)
                namespace.on("name") { (socket: Socket) in socket.namespace.name }
                namespace.onDisconnect { socket, _, _ in gone.put(socket.namespace.name) }
            }
            families.put(family)
        }
        let family = try #require(await families.next())
        let (first, _) = try await live.joined("/dyn-1")
        let (second, _) = try await live.joined("/dyn-1")
        let (third, _) = try await live.joined("/dyn-22")
        #expect(await made.next() == "/dyn-1")
        #expect(await made.next() == "/dyn-22")
        #expect(family.namespaces.map(\.name).sorted() == ["/dyn-1", "/dyn-22"])
        try await first.sendText(#"42/dyn-1,5["name"]"#)
        try await first.expect(#"43/dyn-1,5["/dyn-1"]"#)
        try family.emit("all", 1)
        try await first.expect(#"42/dyn-1,["all",1]"#)
        try await second.expect(#"42/dyn-1,["all",1]"#)
        try await third.expect(#"42/dyn-22,["all",1]"#)
        try await first.sendText("41/dyn-1,")
        #expect(await gone.next() == "/dyn-1")
        #expect(family.namespaces.count == 2)
        try await second.close()
        #expect(await gone.next() == "/dyn-1")
        try await settle()
        #expect(family.namespaces.map(\.name) == ["/dyn-22"])
    }

    @Test("a function decides by name and auth, in its own time")
    func function() async throws {
        let live = try await LiveServer { server in
            server.namespaces(where: { name, auth in
                await Task.yield()
                return name.hasPrefix("/team/") && auth.map { String(buffer: $0) } == #"{"key":"k"}"#
            }) { namespace in namespace.on("hi") { (_: Socket) in "hi" } }
        }
        let client = try await live.socket()
        try await client.sendText("40/team/a,")
        try await client.expect(#"44/team/a,{"message":"Invalid namespace"}"#)
        try await client.sendText(#"40/team/a,{"key":"k"}"#)
        #expect(try await client.frame().text.hasPrefix(#"40/team/a,{"sid":""#))
        try await client.sendText(#"42/team/a,1["hi"]"#)
        try await client.expect(#"43/team/a,1["hi"]"#)
    }

    @Test(
        "a client that a middleware refuses, or that leaves while it is being asked about, leaves no namespace behind")
    func refused() async throws {
        let gate = Mailbox<Bool>()
        let asked = Mailbox<Bool>()
        let families = Mailbox<NamespaceFamily>()
        let live = try await LiveServer { server in
            server.namespace()
            families.put(
                server.namespaces(matching: "/no-{any}") { $0.use { _ in throw ConnectionRefused("no") } })
            families.put(
                server.namespaces(where: { _, _ in
                    asked.put(true)
                    return await gate.next() ?? false
                }) { _ in })
        }
        let refusing = try #require(await families.next())
        let slow = try #require(await families.next())
        let (client, _) = try await live.joined()
        try await client.sendText("40/no-one,")
        try await client.expect(#"44/no-one,{"message":"no"}"#)
        #expect(refusing.namespaces.isEmpty)
        try await client.sendText("40/slow,")
        _ = await asked.next()
        try await client.sendText("41/slow,")
        // The connection's own namespace answers, so the packet before has been read.
        try await client.sendText("40/x" + String(repeating: "y", count: 300) + ",")
        #expect(try await client.frame().text.hasSuffix(#"{"message":"Invalid namespace"}"#))
        gate.put(true)
        try await settle()
        #expect(slow.namespaces.isEmpty)
    }
}

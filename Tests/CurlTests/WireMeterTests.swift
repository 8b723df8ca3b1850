import Curl
import FetchFixtures
import Testing

/// Servers that send what is no page, without end.
@Suite("What comes over the wire", .timeLimit(.minutes(1)))
struct WireMeterTests {
    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    enum Stuff: CaseIterable {
        case extensions, oneExtension

        var begin: String { self == .extensions ? chunked : chunked + "1;" }
        var again: String {
            let long = String(repeating: "a", count: 4_000)
            return self == .extensions ? "1;" + long + "\r\nx\r\n" : long
        }
    }

    @Test("bytes that are no page end a transfer, and others are answered meanwhile", arguments: Stuff.allCases)
    func endless(stuff: Stuff) async throws {
        let begin = stuff.begin
        let bytes = Array(repeating: Array(stuff.again.utf8), count: 20).flatMap { $0 }
        let endless = try RawServer { _, connection in
            guard connection.send(begin) else { return false }
            while connection.send(bytes) {}
            return false
        }
        let honest = try RawServer { _, connection in connection.answer("200 OK", body: Array("page".utf8)) }
        defer {
            endless.stop()
            honest.stop()
        }
        let client = try CurlClient(CurlOptions(addresses: .any))
        let bad = try CurlURL(endless.url())
        let attack = Task { try await client.perform(CurlTransfer(bad, bodyLimit: 10_000_000)) }
        for _ in 0..<20 {
            #expect(try await client.perform(CurlTransfer(CurlURL(honest.url()))).body == Array("page".utf8))
        }
        let error = await #expect(throws: CurlError.self) { try await attack.value }
        guard case .badAnswer(let text)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("far more than its page"))
    }

    @Test("an honest page in chunks of one byte is a page")
    func smallChunks() async throws {
        let server = try RawServer { _, connection in
            connection.send(Self.chunked)
            for _ in 0..<50 { connection.send(String(repeating: "1\r\nx\r\n", count: 1_000)) }
            return connection.send("0\r\n\r\n")
        }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any))
        for _ in 0..<2 {
            let answer = try await client.perform(CurlTransfer(CurlURL(server.url()), bodyLimit: 100_000))
            #expect(answer.body.count == 50_000)
        }
    }

    @Test("descriptors that are for others are not taken, and who wanted one is told why")
    func reserve() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any, firstReservedDescriptor: 3))
        let error = await #expect(throws: CurlError.self) {
            try await client.perform(CurlTransfer(CurlURL(server.url())))
        }
        guard case .failed(let text)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("too many open files"))
        #expect(server.connectionCount == 0)
    }
}

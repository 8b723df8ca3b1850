import Curl
import FetchFixtures
import Foundation
import Synchronization
import Testing

@Suite("Curl client")
struct CurlClientTests {
    @Test("a page comes whole, over a connection that is used again")
    func pageOverReusedConnection() async throws {
        let server = try RawServer { _, connection in
            connection.answer("200 OK", ["X-One:  a b \t"], body: Array("hello".utf8))
        }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any))
        for _ in 0..<3 {
            let answer = try await client.perform(CurlTransfer(CurlURL(server.url())))
            #expect(answer.status == 200)
            #expect(answer.body == Array("hello".utf8))
            #expect(answer.headers["x-one"] == "a b")
            #expect(answer.headers["x-two"] == nil)
        }
        #expect(server.connectionCount == 1)
    }

    @Test("TLS speaks HTTP/2 by ALPN, and plain HTTP speaks 1.1")
    func http2() async throws {
        let nginx = try Nginx.shared.get()
        let client = try CurlClient(CurlOptions(addresses: .any, extraCertificateFile: nginx.authority))
        let secure = try await client.perform(CurlTransfer(CurlURL("https://localhost:\(nginx.httpsPort)/50k")))
        #expect(secure.httpMajor == 2)
        #expect(secure.body == Array(Nginx.page(50_000)))
        let plain = try await client.perform(CurlTransfer(CurlURL("http://localhost:\(nginx.httpPort)/5k")))
        #expect(plain.httpMajor == 1)
        #expect(plain.body == Array(Nginx.page(5_000)))
    }

    @Test("what came before the answer does not count: 100 Continue and 103 Early Hints")
    func interimAnswers() async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Early: 2\r\n\r\n")
            return connection.answer("200 OK", ["X-Late: 3"])
        }
        defer { server.stop() }
        let answer = try await CurlClient(CurlOptions(addresses: .any)).perform(CurlTransfer(CurlURL(server.url())))
        #expect(answer.headers["X-Early"] == nil)
        #expect(answer.headers["X-Late"] == "3")
    }

    @Test("a cancelled task ends its transfer in the middle, and the server sees the connection close")
    func cancellation() async throws {
        let (steps, step) = AsyncStream.makeStream(of: String.self)
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart")
            step.yield("sent")
            connection.waitForClient()
            step.yield("closed")
            return false
        }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any))
        let url = try CurlURL(server.url())
        let fetch = Task { try await client.perform(CurlTransfer(url)) }
        var seen = steps.makeAsyncIterator()
        #expect(await seen.next() == "sent")
        fetch.cancel()
        await #expect(throws: CurlError.cancelled) { try await fetch.value }
        #expect(await seen.next() == "closed")
    }

    @Test("a task that is cancelled already asks no server")
    func cancelledBefore() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any))
        let url = try CurlURL(server.url())
        let fetch = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.perform(CurlTransfer(url))
        }
        await #expect(throws: CurlError.cancelled) { try await fetch.value }
        client.close()
        #expect(server.requests.isEmpty)
    }

    @Test("no more transfers run at once than allowed; the others wait in order, and a waiting one can be cancelled")
    func places() async throws {
        let (steps, step) = AsyncStream.makeStream(of: String.self)
        let gate = DispatchSemaphore(value: 0)
        let server = try RawServer { request, connection in
            step.yield(request.path)
            gate.wait()
            return connection.answer("200 OK")
        }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any, concurrentTransfers: 1))
        var seen = steps.makeAsyncIterator()
        let urls = try ["/1", "/2", "/3"].map { try CurlURL(server.url($0)) }
        let first = Task { try await client.perform(CurlTransfer(urls[0])).status }
        #expect(await seen.next() == "/1")
        let second = Task { try await client.perform(CurlTransfer(urls[1])).status }
        let third = Task { try await client.perform(CurlTransfer(urls[2])).status }
        second.cancel()
        await #expect(throws: CurlError.cancelled) { try await second.value }
        gate.signal()
        #expect(try await first.value == 200)
        #expect(await seen.next() == "/3")
        gate.signal()
        #expect(try await third.value == 200)
        #expect(server.requests.map(\.path) == ["/1", "/3"])
    }

    @Test("five hundred transfers are in the air at once")
    func fiveHundred() async throws {
        let everybody = NSCondition()
        let arrived = Mutex(0)
        let server = try RawServer { request, connection in
            // Nobody is answered before all have asked.
            let count = arrived.withLock {
                $0 += 1
                return $0
            }
            everybody.lock()
            if count == 500 { everybody.broadcast() }
            while arrived.withLock({ $0 }) < 500 { everybody.wait() }
            everybody.unlock()
            return connection.answer("200 OK", body: Array(request.path.utf8))
        }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any, concurrentTransfers: 500))
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<500 {
                let url = try CurlURL(server.url("/\(index)"))
                group.addTask { String(decoding: try await client.perform(CurlTransfer(url)).body, as: UTF8.self) }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(bodies == Set((0..<500).map { "/\($0)" }))
    }

    @Test("closing ends flying and waiting transfers, and later ones are not begun")
    func closing() async throws {
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { _, connection in
            step.yield()
            connection.waitForClient()
            return false
        }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any, concurrentTransfers: 1))
        let url = try CurlURL(server.url())
        let fetches = (0..<3).map { _ in Task { try await client.perform(CurlTransfer(url)) } }
        var seen = steps.makeAsyncIterator()
        await seen.next()
        client.close()
        for fetch in fetches { await #expect(throws: CurlError.cancelled) { try await fetch.value } }
        await #expect(throws: CurlError.cancelled) { try await client.perform(CurlTransfer(url)) }
        client.close()
        #expect(server.requests.count == 1)
    }

    @Test("a transfer's cookies and headers do not reach the next one on the same handle")
    func nothingIsLeftOver() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK", ["Set-Cookie: kept=no"]) }
        defer { server.stop() }
        let client = try CurlClient(CurlOptions(addresses: .any, concurrentTransfers: 1))
        var transfer = CurlTransfer(
            try CurlURL(server.url()), method: "POST",
            headers: [CurlHeader("X-Mine", "1"), CurlHeader("Cookie", "a=b")],
            body: [1, 2, 3])
        let first = try await client.perform(transfer)
        #expect(first.cookies.count == 1)
        transfer = CurlTransfer(try CurlURL(server.url()))
        _ = try await client.perform(transfer)
        let requests = server.requests
        try #require(requests.count == 2)
        #expect(requests[0].method == "POST")
        #expect(requests[0].body == [1, 2, 3])
        #expect(requests[0].value("Cookie") == "a=b")
        #expect(requests[0].value("Content-Type") == nil)
        #expect(requests[1].method == "GET")
        #expect(requests[1].body.isEmpty)
        #expect(requests[1].value("Cookie") == nil)
        #expect(requests[1].value("X-Mine") == nil)
    }

    @Test("a certificate file that cannot be read stops the client's start")
    func missingCertificates() {
        #expect(throws: CurlError.self) {
            try CurlClient(CurlOptions(addresses: .any, certificateFile: "/nowhere.pem"))
        }
        #expect(throws: CurlError.self) {
            try CurlClient(CurlOptions(addresses: .any, extraCertificateFile: "/nowhere.pem"))
        }
    }
}

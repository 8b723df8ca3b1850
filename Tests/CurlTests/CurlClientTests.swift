import Curl
import FetchFixtures
import Foundation
import Testing

@Suite("Curl client")
struct CurlClientTests {
    @Test("a page comes whole, over a connection that is used again")
    func pageOverReusedConnection() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK", ["X-One:  a b \t"], body: Array("hello".utf8)) }
        let client = try CurlClient(CurlOptions(addresses: .any))
        for _ in 0..<3 {
            let answer = try await client.perform(CurlTransfer(CurlURL(server.url())))
            #expect(answer.status == 200)
            #expect(answer.body == Array("hello".utf8))
            #expect(answer.headers["x-one"] == "a b")
            #expect(answer.headers["x-two"] == nil)
        }
        #expect(server.connectionCount == 1)
        client.close()
        server.stop()
    }
    @Test("nginx")
    func nginx() async throws {
        let nginx = try Nginx.shared.get()
        let client = try CurlClient(CurlOptions(addresses: .any, extraCertificateFile: nginx.authority))
        let a = try await client.perform(CurlTransfer(CurlURL("https://localhost:\(nginx.httpsPort)/50k")))
        #expect(a.httpMajor == 2)
        #expect(a.body == Array(Nginx.page(50_000)))
    }
}

import Curl
import Domain
import Fetchers
import Testing

@Test("smoke")
func smoke() async throws {
    let fetcher = try CurlFetcher(.init(CurlOptions(addresses: .any)))
    do { let p = try await fetcher.fetch(FetchRequest(url: "http://127.0.0.1:1/")); print(p) } catch { print(error.message) }
    fetcher.close()
}

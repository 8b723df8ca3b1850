import Curl
import Domain
import Fetchers
import Foundation

/// Asks a running program one question over HTTP.
enum Healthcheck {
    /// The answer's status and body; throws a `CheckFailure`, worded for people, when there is none.
    static func get(_ url: URL, timeout: Double) async throws -> (status: Int, body: String) {
        var options = CurlFetcher.Options(CurlOptions(addresses: .any))
        options.timeout = .seconds(timeout)
        options.redirectLimit = 0
        do throws(CheckFailure) {
            let fetcher = try CurlFetcher(options)
            defer { fetcher.close() }
            let page = try await fetcher.fetch(FetchRequest(url: url.absoluteString))
            return (page.status, String(decoding: page.body, as: UTF8.self))
        } catch {
            throw Start.Failure(error.message)
        }
    }
}

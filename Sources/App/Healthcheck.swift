import Domain
import Fetchers
import Foundation

/// Asks a running program one question over HTTP.
enum Healthcheck {
    /// The answer's status and body; throws a `CheckFailure`, worded for people, when there is none.
    static func get(_ url: URL, timeout: Double) async throws -> (status: Int, body: String) {
        var options = CurlFetcher.Options()
        options.allowsPrivateAddresses = true
        options.timeout = .seconds(timeout)
        options.maximumRedirects = 0
        let fetcher = try CurlFetcher(options: options)
        defer { fetcher.close() }
        do {
            let page = try await fetcher.fetch(FetchRequest(url: url.absoluteString))
            return (page.status, String(decoding: page.body, as: UTF8.self))
        } catch let failure as CheckFailure {
            throw Start.Failure(failure.message)
        }
    }
}

public import Curl
public import Domain
internal import Foundation

/// Fetches pages with libcurl: plain HTTP, without running the page's scripts.
public final class CurlFetcher: Fetcher {
    /// How patient, generous and trusting a fetcher is.
    public struct Options: Hashable, Sendable {
        /// How each server is treated; holds the address policy, the user agent, the connect and answer timeouts.
        public var curl: CurlOptions
        /// For the whole fetch with all its redirects.
        public var timeout: Duration = .seconds(60)
        /// The longest page that is taken, in bytes after decoding.
        public var bodyLimit = 16_777_216
        public var redirectLimit = 10
        /// Sent unless a watch has its own.
        public var acceptLanguage = "en-US,en;q=0.9,*;q=0.5"

        public init(_ curl: CurlOptions) {
            self.curl = curl
        }
    }

    private let options: Options
    private let clients: CurlClients

    /// Starts the usual client; throws when the system denies what it needs or a certificate file cannot be read.
    public init(_ options: Options) throws(CheckFailure) {
        self.options = options
        do throws(CurlError) {
            clients = try CurlClients(options.curl)
        } catch {
            throw CheckFailure(error, host: "", patience: .zero)
        }
    }

    /// Fetches `request.url` and what it redirects to.
    public nonisolated(nonsending) func fetch(_ request: FetchRequest) async throws(CheckFailure) -> FetchedPage {
        var chain = try RedirectChain(
            request, most: options.redirectLimit, policy: options.curl.addresses, acceptLanguage: options.acceptLanguage
        )
        let client = try client(request)
        let start = ContinuousClock.now
        while true {
            let answer = try await ask(client, chain, request, since: start)
            let isRedirect = try chain.follow(
                answer.status, location: answer.headers["Location"], cookies: answer.cookies)
            if !isRedirect { return try page(answer, chain) }
        }
    }

    /// Ends all fetches with `cancelled` and returns when the clients' threads are gone.
    public func close() {
        clients.close()
    }

    private func client(_ request: FetchRequest) throws(CheckFailure) -> CurlClient {
        do throws(CurlError) {
            return try clients.client(CurlClients.Way(proxy: request.proxy, trust: request.trust))
        } catch {
            throw CheckFailure(error, host: "", patience: .zero)
        }
    }

    private nonisolated(nonsending) func ask(
        _ client: CurlClient, _ chain: RedirectChain, _ request: FetchRequest, since start: ContinuousClock.Instant
    ) async throws(CheckFailure) -> CurlAnswer {
        let limit = min(request.timeout ?? options.timeout, options.timeout)
        let left = limit - (.now - start)
        guard left > .zero else { throw CheckFailure(.tooSlow, CheckFailure.seconds(limit)) }
        let transfer = CurlTransfer(
            chain.url, method: chain.method, headers: chain.headers.fields, body: chain.body, cookies: chain.cookies,
            timeout: left, bodyLimit: options.bodyLimit)
        do throws(CurlError) {
            return try await client.perform(transfer)
        } catch {
            // A transfer may have been too slow long before its time was up.
            let given = error == .answerTimedOut ? options.curl.answerTimeout : .now - start
            let patience = min(given, limit)
            throw CheckFailure(
                error, host: chain.url.host, patience: patience, proxy: request.proxy, trust: request.trust)
        }
    }

    private func page(_ answer: CurlAnswer, _ chain: RedirectChain) throws(CheckFailure) -> FetchedPage {
        guard answer.status != 304 || chain.headers.isConditional else {
            throw CheckFailure(.badResponse, "it answered 304 Not Modified to an unconditional request")
        }
        var page = FetchedPage(
            status: answer.status, finalURL: chain.url.redacted,
            contentType: Self.bounded(answer.headers["Content-Type"]),
            body: answer.status == 304 ? [] : answer.body,
            etag: Self.bounded(answer.headers["ETag"]),
            lastModified: Self.bounded(answer.headers["Last-Modified"]),
            retryAfter: answer.headers["Retry-After"].flatMap { RetryAfter.moment($0, now: Date()) },
            server: Self.bounded(answer.headers["Server"]))
        page.keeping = FetchedPage.Kept(answer.share)
        return page
    }

    /// What is kept of a header; one that is empty or absurdly long is taken for missing.
    private static func bounded(_ value: String?) -> String? {
        guard let value, !value.isEmpty, value.utf8.count <= 1024 else { return nil }
        return value
    }
}

package import Foundation
import HTTPTypes
package import Hummingbird

/// Refuses what another site makes a browser do here (cross-site request forgery).
///
/// A browser says itself where a request comes from: in `Sec-Fetch-Site`, or, where that is missing (plain http, older
/// browsers), in `Origin`, which is compared with `Host` and with the configured base address. Programs send neither
/// and pass; the API has its key.
package struct SameOriginMiddleware: RouterMiddleware {
    package typealias Context = WebContext

    private static let fetchSite = HTTPField.Name("sec-fetch-site")

    /// `https://example.org` of the configured base address, if there is one.
    private let baseOrigin: String?
    private let log: RefusalLog
    private let refuse: @Sendable (Context) async throws -> Response

    /// `refuse` answers in the place of what was asked for.
    package init(
        baseOrigin: String?, log: RefusalLog, refuse: @escaping @Sendable (Context) async throws -> Response
    ) {
        self.baseOrigin = baseOrigin
        self.log = log
        self.refuse = refuse
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let isSafe = [.get, .head, .options].contains(request.method)
        if isSafe || request.uri.path.hasPrefix("/api/") || isFromHere(request) {
            return try await next(request, context)
        }
        log.note(
            .foreignSite,
            [
                ("host", request.head.authority ?? ""), ("origin", request.headers[.origin] ?? ""),
                ("path", request.uri.path),
            ])
        return try await refuse(context)
    }

    private func isFromHere(_ request: Request) -> Bool {
        if let site = Self.fetchSite.flatMap({ request.headers[$0] }) { return site == "same-origin" || site == "none" }
        guard let origin = request.headers[.origin]?.lowercased() else { return true }
        if let baseOrigin, origin == baseOrigin { return true }
        guard let host = request.head.authority?.lowercased(), !host.isEmpty else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}

/// Origins as browsers write them (RFC 6454 6.2).
package enum WebOrigin {
    /// Scheme, host and port of `url`, the port only where it is not the scheme's own.
    package static func of(_ url: URL?) -> String? {
        guard let url, let scheme = url.scheme?.lowercased(), let host = url.host?.lowercased() else { return nil }
        let usual = ["http": 80, "https": 443][scheme]
        let port = url.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
        return "\(scheme)://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host)\(port)"
    }
}

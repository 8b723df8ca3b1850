import NIOCore
import NIOHTTP1

extension EngineConfiguration {
    /// The CORS headers of an answer to `request`; none when CORS is off or the page may not connect.
    func corsHeaders(for request: HTTPHeaders) -> HTTPHeaders {
        var headers = HTTPHeaders()
        guard let cors else { return headers }
        let origin = request.first(name: "origin")
        if let fixed = cors.fixedOrigin {
            headers.add(name: "Access-Control-Allow-Origin", value: fixed)
            headers.add(name: "Vary", value: "Origin")
        } else if case .any = origins, !cors.allowsCredentials {
            headers.add(name: "Access-Control-Allow-Origin", value: "*")
        } else {
            headers.add(name: "Vary", value: "Origin")
            guard let origin, (try? origins.check(request)) != nil else { return headers }
            headers.add(name: "Access-Control-Allow-Origin", value: origin)
        }
        if cors.allowsCredentials { headers.add(name: "Access-Control-Allow-Credentials", value: "true") }
        if !cors.exposedHeaders.isEmpty {
            headers.add(name: "Access-Control-Expose-Headers", value: cors.exposedHeaders.joined(separator: ","))
        }
        return headers
    }

    /// The answer to a browser that asks beforehand what it may send; nil when CORS is off.
    func preflight(_ head: HTTPRequestHead) -> Response? {
        guard let cors, head.method == .OPTIONS else { return nil }
        var response = Response(.noContent)
        response.headers.add(name: "Access-Control-Allow-Methods", value: cors.methods.joined(separator: ","))
        let asked = head.headers["access-control-request-headers"].joined(separator: ",")
        let allowed = cors.allowedHeaders?.joined(separator: ",") ?? asked
        if !allowed.isEmpty {
            response.headers.add(name: "Access-Control-Allow-Headers", value: allowed)
            if cors.allowedHeaders == nil {
                response.headers.add(name: "Vary", value: "Access-Control-Request-Headers")
            }
        }
        if let age = cors.maxAge {
            response.headers.add(name: "Access-Control-Max-Age", value: String(age.nanoseconds / 1_000_000_000))
        }
        return response
    }
}

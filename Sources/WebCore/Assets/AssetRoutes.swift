import HTTPTypes
package import Hummingbird
import NIOCore

/// `/assets/…` and `/favicon.svg`: files from memory, compressed once.
package struct AssetRoutes: Sendable {
    private let assets: Assets

    package init(assets: Assets) {
        self.assets = assets
    }

    package func add(to router: some RouterMethods<WebContext>) {
        router.get("assets/**") { request, context in
            answer(request, context.parameters.getCatchAll().joined(separator: "/"))
        }
        router.get("favicon.svg") { request, _ in answer(request, "icons/favicon.svg") }
        router.get("favicon.ico") { request, _ in answer(request, "icons/favicon.svg") }
    }

    private func answer(_ request: Request, _ path: String) -> Response {
        guard let asset = assets[path] else { return Response(status: .notFound) }
        var headers = HTTPFields()
        headers[.eTag] = asset.etag
        headers[.vary] = "Accept-Encoding"
        // The version in the address stands for the content, so that a browser need never ask again.
        let isVersioned = request.uri.queryParameters["v"].map { "\"\($0)\"" == asset.etag } ?? false
        headers[.cacheControl] = isVersioned ? "public, max-age=31536000, immutable" : "public, no-cache"
        headers[.xContentTypeOptions] = "nosniff"
        if Self.has(asset.etag, request.headers[values: .ifNoneMatch]) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = asset.contentType
        var bytes = asset.bytes
        if let gzipped = asset.gzipped, AcceptEncoding.takesGzip(request.headers[values: .acceptEncoding]) {
            bytes = gzipped
            headers[.contentEncoding] = "gzip"
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// RFC 9110 13.1.2: compares weakly.
    private static func has(_ etag: String, _ values: [String]) -> Bool {
        values.flatMap { $0.split(separator: ",") }.contains { value in
            let tag = value.drop { $0 == " " }
            return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == etag
        }
    }
}

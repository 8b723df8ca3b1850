import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The forms that an answer to a browser has.
struct PageAnswer: Sendable {
    let pages: PageRenderer

    /// Only our own files: no inline script or style, no other site, no frame of another site.
    static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'", "frame-ancestors 'self'",
    ].joined(separator: "; ")

    func html(_ page: some PageView, _ frame: Frame, status: HTTPResponse.Status = .ok) -> Response {
        Self.bytes(pages.render(page, frame), status)
    }

    func rows(_ page: ListPage, _ frame: Frame) -> Response {
        Self.bytes(pages.renderRows(page, frame), .ok)
    }

    func reason(_ trace: CheckTrace, _ frame: Frame) -> Response {
        Self.bytes(pages.renderReason(.newest(trace), frame), .ok)
    }

    /// 303: the browser gets the page at `path` (below the base), and a reload does not send the form again.
    func see(_ path: String, _ notice: Notice? = nil) -> Response {
        let target = ReturnPath.withoutNotice(path)
        return .redirect(to: pages.base + (notice.map { ReturnPath.adding($0, to: target) } ?? target), type: .normal)
    }

    private static func bytes(_ bytes: [UInt8], _ status: HTTPResponse.Status) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/html; charset=utf-8"
        // Private and always asked for anew, but kept for the browser's back button.
        headers[.cacheControl] = "private, no-cache"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] = contentSecurityPolicy
        if let name = HTTPField.Name("referrer-policy") { headers[name] = "same-origin" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

package import Domain
import HTTPTypes
package import Hummingbird
import NIOCore

/// A stranger's picture as an answer: never anything else than a picture, whatever its bytes are.
package enum PictureAnswer {
    /// Only these are sent as what they are; all other types come from a version of this program that is not ours.
    private static let shown: Set<String> = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    package static func response(_ picture: Picture) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = shown.contains(picture.mediaType) ? picture.mediaType : "application/octet-stream"
        // A version's picture never changes.
        headers[.cacheControl] = "private, max-age=31536000, immutable"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture.bytes)))
    }
}

package import Domain
package import HTTPTypes
package import Hummingbird
import NIOCore

/// The few forms that an answer to a program has.
package enum APIAnswer {
    package static func json(_ status: HTTPResponse.Status = .ok, _ body: (inout JSONWriter) -> Void) -> Response {
        var json = JSONWriter()
        body(&json)
        return bytes(status, json.bytes, type: "application/json")
    }

    package static func message(_ status: HTTPResponse.Status, _ text: String) -> Response {
        json(status) { $0.object { $0.field("message", text) } }
    }

    package static func text(_ body: [UInt8], _ status: HTTPResponse.Status = .ok) -> Response {
        bytes(status, body, type: "text/plain; charset=utf-8")
    }

    package static let none = Response(status: .noContent)

    /// Every field that is not good, by name, and all in one sentence for programs that only print it.
    package static func invalid(_ error: InputError) -> Response {
        json(.badRequest) { json in
            json.object { json in
                json.field("message", "Validation failed: \(error.description)")
                json.key("errors")
                json.array { json in
                    for field in error.fields {
                        json.object { json in
                            json.field("field", field.field)
                            json.field("message", field.message)
                        }
                    }
                }
            }
        }
    }

    package static func bytes(_ status: HTTPResponse.Status, _ body: [UInt8], type: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

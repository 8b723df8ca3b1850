import NIOCore
import NIOHTTP1

/// One complete answer to an HTTP request.
struct Response: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer?
    var closesConnection = false

    init(_ status: HTTPResponseStatus, type: String? = nil, body: ByteBuffer? = nil) {
        self.status = status
        self.body = body
        headers = HTTPHeaders()
        if let type { headers.add(name: "Content-Type", value: type) }
        if status != .notModified {
            headers.add(name: "Content-Length", value: String(body?.readableBytes ?? 0))
        }
        headers.add(name: "cache-control", value: "no-store")
    }

    /// The protocol's error answer: a JSON object for polling, the plain message for a refused WebSocket.
    init(_ refusal: Refusal, isUpgrade: Bool) {
        let status: HTTPResponseStatus = if case .forbidden = refusal { .forbidden } else { .badRequest }
        if isUpgrade {
            self.init(status, type: "text/html", body: ByteBuffer(string: refusal.message))
            closesConnection = true
        } else {
            let json = #"{"code":\#(refusal.code),"message":"# + JSONText.quoted(refusal.message) + "}"
            self.init(status, type: "application/json", body: ByteBuffer(string: json))
        }
    }

    /// The HTTP form of what a session answers to a polling request.
    init(_ answer: Session.Answer, allocator: ByteBufferAllocator) {
        switch answer {
        case .packets(let packets):
            let body = PollingPayload.encode(packets, allocator: allocator)
            self.init(.ok, type: "text/plain; charset=UTF-8", body: body)
        case .accepted: self.init(.ok, type: "text/html", body: ByteBuffer(string: "ok"))
        case .refused: self.init(.badRequest)
        case .goingAway: self = .unavailable
        case .tooLarge: self.init(.payloadTooLarge)
        case .wrongTransport: self.init(.badRequest, isUpgrade: false)
        case .unknownSession: self.init(.unknownSession, isUpgrade: false)
        }
    }
}

/// Writes JSON strings.
package enum JSONText {
    /// `text` as a JSON string literal, quotes included.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

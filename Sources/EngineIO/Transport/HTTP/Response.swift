import NIOCore
import NIOHTTP1

/// One complete answer to an HTTP request.
struct Response: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer?
    var closesConnection = false
    /// Whether the body is packets, which may be wrapped into a script.
    var isPayload = false
    /// Whether the body may be compressed.
    var isCompressible = false
    /// Why the request was refused, if it was.
    var refusal: Refusal?

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
        self.refusal = refusal
    }

    /// The HTTP form of what a session answers to a polling request.
    init(_ answer: Session.Answer, form: PayloadForm, id: SessionID, allocator: ByteBufferAllocator) {
        switch answer {
        case .packets(let packets):
            let (body, isBinary) = PollingPayload.encode(packets, form: form, allocator: allocator)
            let type = isBinary ? "application/octet-stream" : "text/plain; charset=UTF-8"
            self.init(.ok, type: type, body: body)
            isPayload = true
            isCompressible = packets.contains(where: \.isCompressible)
        case .accepted: self.init(.ok, type: "text/html", body: ByteBuffer(string: "ok"))
        case .refused: self.init(.badRequest)
        case .goingAway: self.init(Engine.Full.closing)
        case .tooLarge: self.init(.payloadTooLarge)
        case .wrongTransport: self.init(.badRequest(.transportMismatch("polling")), isUpgrade: false)
        case .unknownSession: self.init(.unknownSession(id.description), isUpgrade: false)
        }
    }

    /// Wraps packets into a script for the caller whose number is `digits`.
    mutating func wrap(jsonp digits: String) {
        guard isPayload, let payload = body else { return }
        replaceBody(JSONP.script(payload, digits: digits))
    }

    /// Compresses the body when that is allowed, worth it, and understood by the client.
    mutating func compress(for request: HTTPHeaders, _ settings: ResponseCompression) {
        guard isCompressible, let plain = body, plain.readableBytes >= settings.threshold,
            let coding = ContentCoding(acceptedBy: request),
            let packed = Zlib.deflated(plain.readableBytesView, coding.container)
        else { return }
        replaceBody(packed)
        headers.add(name: "Content-Encoding", value: coding.rawValue)
    }

    private mutating func replaceBody(_ bytes: ByteBuffer) {
        body = bytes
        headers.replaceOrAdd(name: "Content-Length", value: String(bytes.readableBytes))
    }
}

/// Writes JSON strings.
package enum JSONText {
    /// `text` as a JSON string literal, quotes included; in a script the separators that end its lines are escaped too.
    package static func quoted(_ text: String, forScript: Bool = false) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20 || forScript && (scalar.value == 0x2028 || scalar.value == 0x2029):
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

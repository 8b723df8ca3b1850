package import HTTPTypes
package import Hummingbird
import Logging
package import NIOCore
package import WebCore

/// A whole answer, of routes that are asked without a socket.
package struct WebAnswer: Sendable {
    package let status: Int
    package let headers: HTTPFields
    package let bytes: [UInt8]
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What `responder` answers; `channel` stands for the client's connection.
    package static func of(
        _ responder: any HTTPResponder<WebContext>, _ method: HTTPRequest.Method, _ path: String, body: [UInt8],
        _ headers: HTTPFields, on channel: any Channel
    ) async throws -> WebAnswer {
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "turnstone.test:5000", path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let source = ApplicationRequestContextSource(
            channel: channel, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let response = try await responder.respond(to: request, context: WebContext(source: source))
        let sink = Sink()
        try await response.body.write(SinkWriter(sink: sink))
        return WebAnswer(status: response.status.code, headers: response.headers, bytes: sink.bytes)
    }
}

private final class Sink: @unchecked Sendable {
    // Safety: written by one task, and read after it is done.
    var bytes: [UInt8] = []
}

private struct SinkWriter: ResponseBodyWriter {
    let sink: Sink

    mutating func write(_ buffer: ByteBuffer) async throws {
        sink.bytes += buffer.readableBytesView
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

import FoundationEssentials
import NIOCore
import NIOHTTP1

/// The official browser client's files, read once and kept in memory.
public struct ClientFiles: Sendable {
    private struct File: Sendable {
        let bytes: ByteBuffer
        /// The same by gzip, made once.
        let packed: ByteBuffer?
        let type: String
        let tag: String
    }

    private let files: [String: File]

    /// Reads those files of the official client that `folder` holds; others in it are never served.
    public init(folder: String) {
        var found: [String: File] = [:]
        for build in ["", ".esm", ".msgpack"] {
            for ending in [".js", ".min.js", ".js.map", ".min.js.map"] {
                let name = "socket.io" + build + ending
                guard let data = try? Data(contentsOf: URL(filePath: folder + "/" + name)) else { continue }
                let type = ending.hasSuffix(".map") ? "application/json" : "application/javascript"
                let bytes = ByteBuffer(bytes: data)
                found[name] = File(
                    bytes: bytes, packed: Zlib.deflated(bytes.readableBytesView, .gzip),
                    type: type + "; charset=utf-8", tag: Self.tag(of: data))
            }
        }
        files = found
    }

    /// The names that can be served.
    public var names: [String] { files.keys.sorted() }

    /// The official server's tag is the client's version; it stands in the banner on top of the file.
    private static func tag(of data: Data) -> String {
        let banner = String(decoding: data.prefix(200), as: UTF8.self)
        if let start = banner.firstRange(of: "Socket.IO v") {
            let version = banner[start.upperBound...].prefix { $0.isNumber || $0 == "." }
            if !version.isEmpty { return "\"\(version)\"" }
        }
        // FNV-1a, 64 bits: only has to differ between two builds of one file.
        let hash = data.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\"\(String(hash, radix: 16))\""
    }

    /// The answer to a request for `name`; nil when that is no file of the client.
    func response(for name: Substring, head: HTTPRequestHead) -> Response? {
        guard head.method == .GET || head.method == .HEAD, let file = files[String(name)] else { return nil }
        let known = head.headers[canonicalForm: "if-none-match"].contains { $0 == file.tag || $0 == "W/" + file.tag }
        let packed = ContentCoding(acceptedBy: head.headers) == .gzip ? file.packed : nil
        var response =
            known ? Response(.notModified) : Response(.ok, type: file.type, body: packed ?? file.bytes)
        if packed != nil, !known { response.headers.add(name: "Content-Encoding", value: "gzip") }
        response.headers.add(name: "Vary", value: "Accept-Encoding")
        if head.method == .HEAD { response.body = nil }
        response.headers.replaceOrAdd(name: "cache-control", value: "public, max-age=0")
        response.headers.add(name: "ETag", value: file.tag)
        return response
    }
}

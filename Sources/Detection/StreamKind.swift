/// What a body is, which decides how it becomes text.
enum StreamKind: Hashable {
    case html, json, xml, feed, plain
    /// Not text at all: what it is, for people.
    case binary(String)

    /// The header is asked first, then the bytes: many servers call JSON, feeds and plain text `text/html`, or nothing at all.
    static func of(contentType: String?, _ bytes: ArraySlice<UInt8>, rawStart: ArraySlice<UInt8>) -> StreamKind {
        let media = mediaType(contentType)
        if let name = magic(rawStart) { return .binary(name) }
        if jsonTypes.contains(media) || media.hasSuffix("+json") { return looksLikeJSON(bytes) ? .json : .plain }
        if feedTypes.contains(media) { return .feed }
        for prefix in ["image/", "audio/", "video/", "font/"] where media.hasPrefix(prefix) && !media.hasSuffix("xml") {
            return .binary(media)
        }
        let head = String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
        if ["<rss", "<feed", "<rdf:"].contains(where: head.contains), !head.contains("<html") { return .feed }
        if media == "text/html" || media == "application/xhtml+xml" { return .html }
        if media == "text/plain" { return .plain }
        if htmlMarks.contains(where: head.contains) { return .html }
        if media.hasSuffix("/xml") || media.hasSuffix("+xml") || head.hasPrefix("<?xml") { return .xml }
        if media.hasPrefix("text/") || media == "application/javascript" { return .plain }
        if looksLikeJSON(bytes), JSONLayout.pretty(Array(bytes)) != nil { return .json }
        return head.contains("<") ? .html : .plain
    }

    private static let jsonTypes: Set<String> = ["application/json", "text/json", "application/x-json"]
    private static let feedTypes: Set<String> = [
        "application/rss+xml", "application/rdf+xml", "application/atom+xml", "text/rss+xml", "application/x-rss+xml",
    ]
    private static let htmlMarks = ["<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<div"]

    private static func mediaType(_ contentType: String?) -> String {
        let first =
            (contentType ?? "").split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return String(first.filter { !$0.isWhitespace }).lowercased()
    }

    /// A body that begins like JSON; JSONP begins with a name and is plain text.
    private static func looksLikeJSON(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first(where: { !ByteClass.isSpace($0) }) else { return false }
        return "{[\"-0123456789tfn".utf8.contains(first)
    }

    private static func magic(_ start: ArraySlice<UInt8>) -> String? {
        func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
        if begins(Array("%PDF-".utf8)) { return "PDF" }
        if begins([0x89, 0x50, 0x4E, 0x47]) { return "PNG image" }
        if begins([0xFF, 0xD8, 0xFF]) { return "JPEG image" }
        if begins(Array("GIF8".utf8)) { return "GIF image" }
        if begins([0x50, 0x4B, 0x03, 0x04]) { return "ZIP archive" }
        if begins([0x1F, 0x8B]) { return "gzip archive" }
        return nil
    }
}

import Domain

/// What a body is, which decides how it becomes text.
enum StreamKind: Hashable {
    case html, json, xml, feed, plain
    /// Not text at all: what it is, for people.
    case binary(String)

    /// How a page was read, for people.
    var words: String {
        switch self {
        case .html: "as HTML"
        case .json: "as JSON"
        case .xml: "as XML"
        case .feed: "as a feed"
        case .plain: "as plain text"
        case .binary(let name): "as \(name)"
        }
    }

    /// How many bytes are looked at for what a page says about itself.
    private static let headLength = 1024

    /// The header is asked first, then the bytes: many servers call JSON, feeds and plain text something else, or
    /// nothing at all.
    static func of(contentType: String?, _ bytes: ArraySlice<UInt8>, rawStart: ArraySlice<UInt8>) -> StreamKind {
        if let name = magic(rawStart) { return .binary(name) }
        let media = mediaType(contentType)
        if media == "text/html" || media == "application/xhtml+xml" { return looksLikeFeed(bytes) ? .feed : .html }
        if jsonTypes.contains(media) || media.hasSuffix("+json") { return looksLikeJSON(bytes) ? .json : .plain }
        if feedTypes.contains(media), bytes.first(where: { !ByteClass.isSpace($0) }) == UInt8(ascii: "<") {
            return .feed
        }
        for prefix in ["image/", "audio/", "video/", "font/"] where media.hasPrefix(prefix) && !media.hasSuffix("xml") {
            return .binary(media)
        }
        if looksLikeFeed(bytes) { return .feed }
        // Files of JSON are served as plain text, as scripts, or as anything.
        if looksLikeObject(bytes), JSONLayout.isJSON(Array(bytes)) { return .json }
        if media == "text/plain" { return .plain }
        if hasMark(htmlMarks, bytes) { return .html }
        if media.hasSuffix("/xml") || media.hasSuffix("+xml") || hasMark(["<?xml"], bytes.prefix(64)) { return .xml }
        if media.hasPrefix("text/") || media == "application/javascript" { return .plain }
        if looksLikeJSON(bytes), JSONLayout.isJSON(Array(bytes)) { return .json }
        return bytes.prefix(headLength).contains(UInt8(ascii: "<")) ? .html : .plain
    }

    private static let jsonTypes: Set<String> = ["application/json", "text/json", "application/x-json"]
    private static let feedTypes: Set<String> = [
        "application/rss+xml", "application/rdf+xml", "application/atom+xml", "text/rss+xml", "application/x-rss+xml",
    ]
    private static let htmlMarks: [StaticString] = [
        "<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<div",
    ]
    private static let feedMarks: [StaticString] = ["<rss", "<feed", "<rdf:"]

    /// The media type in lower case without its parameters.
    private static func mediaType(_ contentType: String?) -> String {
        let type = (contentType ?? "").utf8.prefix { $0 != UInt8(ascii: ";") }
        return String(decoding: type.filter { !ByteClass.isSpace($0) }.map(ByteClass.lower), as: UTF8.self)
    }

    /// Whether one of the tags stands in the first bytes, in any case.
    private static func hasMark(_ marks: [StaticString], _ bytes: ArraySlice<UInt8>) -> Bool {
        // Safety: `find` and `hasWord` stay in front of `head.count`.
        bytes.prefix(headLength).withUnsafeBufferPointer { head in
            var index = 0
            while let less = head.find(UInt8(ascii: "<"), from: index, to: head.count) {
                if marks.contains(where: { head.hasWord($0, at: less, to: head.count) }) { return true }
                index = less + 1
            }
            return false
        }
    }

    private static func looksLikeFeed(_ bytes: ArraySlice<UInt8>) -> Bool {
        hasMark(feedMarks, bytes) && !hasMark(["<html"], bytes)
    }

    /// A body that begins like JSON; JSONP begins with a name and is plain text.
    private static func looksLikeJSON(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first(where: { !ByteClass.isSpace($0) }) else { return false }
        return "{[\"-0123456789tfn".utf8.contains(first)
    }

    /// A body that begins like a JSON object or list, which text hardly does by chance.
    private static func looksLikeObject(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first(where: { !ByteClass.isSpace($0) }) else { return false }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    /// By its header or its first bytes.
    static func isPDF(_ page: FetchedPage) -> Bool {
        page.body.starts(with: "%PDF-".utf8)
            || (mediaType(page.contentType) == "application/pdf"
                && page.body.prefix(headLength).firstRange(of: Array("%PDF".utf8)) != nil)
    }

    /// Something else came where a PDF was announced, most often a login page, which is not to be taken for the
    /// document.
    static func claimsPDF(_ page: FetchedPage) -> Bool { mediaType(page.contentType) == "application/pdf" }

    private static func magic(_ start: ArraySlice<UInt8>) -> String? {
        guard let first = start.first else { return nil }
        switch first {
        case UInt8(ascii: "%"): return start.starts(with: Array("%PDF-".utf8)) ? "PDF" : nil
        case 0x89: return start.starts(with: [0x89, 0x50, 0x4E, 0x47]) ? "PNG image" : nil
        case 0xFF: return start.starts(with: [0xFF, 0xD8, 0xFF]) ? "JPEG image" : nil
        case UInt8(ascii: "G"): return start.starts(with: Array("GIF8".utf8)) ? "GIF image" : nil
        case UInt8(ascii: "P"): return start.starts(with: [0x50, 0x4B, 0x03, 0x04]) ? "ZIP archive" : nil
        case 0x1F: return start.starts(with: [0x1F, 0x8B]) ? "gzip archive" : nil
        default: return nil
        }
    }
}

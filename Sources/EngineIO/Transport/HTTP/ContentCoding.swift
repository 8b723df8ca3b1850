import NIOHTTP1

/// A compression that an HTTP client has said it understands (RFC 9110, 12.5.3).
enum ContentCoding: String {
    case gzip, deflate

    /// The coding to use for the client that sent `headers`; nil when it wants none.
    init?(acceptedBy headers: HTTPHeaders) {
        var accepted: Set<Substring> = []
        for part in headers[canonicalForm: "accept-encoding"] {
            let words = part.lowercased().split(separator: ";")
            guard let name = words.first?.trimmed else { continue }
            let refused = words.dropFirst().contains { word in
                let text = word.trimmed
                return text.hasPrefix("q=") && Double(text.dropFirst(2)) == 0
            }
            if !refused { accepted.insert(name) }
        }
        if accepted.contains("gzip") {
            self = .gzip
        } else if accepted.contains("deflate") {
            self = .deflate
        } else {
            return nil
        }
    }

    var container: Zlib.Container { self == .gzip ? .gzip : .zlib }
}

extension Substring {
    /// Without spaces and tabs at its ends.
    var trimmed: Substring {
        let front = drop { $0 == " " || $0 == "\t" }
        guard let last = front.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return front[...last]
    }
}

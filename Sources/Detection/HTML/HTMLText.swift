/// The text of an HTML page as a person reads it, and its title.
public struct HTMLText: Hashable, Sendable {
    /// The most bytes of a title that are kept.
    static let titleLimit = 2000

    public var text: [UInt8]
    public var title: String?

    /// Renders without a tree, in one pass over the bytes, which must be valid UTF-8.
    public static func render(_ page: ArraySlice<UInt8>, rendersLinks: Bool) -> HTMLText {
        // Safety: parser and renderer end with the closure; what leaves it is copied.
        page.withUnsafeBufferPointer { source in
            let sink = MarkupParser.parse(source, into: TextRenderer(source, rendersLinks: rendersLinks))
            defer { sink.out.free() }
            return HTMLText(text: sink.finished(), title: sink.title)
        }
    }
}

extension TextRenderer {
    /// The text without blanks and line breaks at its end.
    func finished() -> [UInt8] {
        var out = out
        while out.count > 0, ByteClass.isSpace(out.base[out.count - 1]) { out.count -= 1 }
        return out.bytes
    }

    /// The page's title; nil when there is none or it is blank.
    var title: String? { titleRange.flatMap { HTMLText.title(source, $0.start, $0.end) } }
}

extension HTMLText {
    /// A title with its references read and its white space collapsed; nil when it is blank.
    ///
    /// Safety: `end` is at most the source's, and `decoded` reads nothing behind it.
    static func title(_ source: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> String? {
        // What is far beyond the limit need not be read.
        let end = min(end, start + 16 * titleLimit)
        let words = CharacterReference.decoded(source, start, end).split(whereSeparator: { ByteClass.isSpace($0) })
        var title = Array(words.joined(separator: [ByteClass.space]))
        if title.count > titleLimit {
            // A character cut in half at the limit goes as a whole.
            var length = titleLimit
            while length > 0, title[length] & 0xC0 == 0x80 { length -= 1 }
            title.removeLast(title.count - length)
        }
        return title.isEmpty ? nil : String(decoding: title, as: UTF8.self)
    }
}

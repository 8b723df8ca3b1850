/// Finds out how a page's characters are written, and rewrites them as UTF-8.
///
/// The order is that of browsers (HTML standard 13.2.3): a byte order mark, then the Content-Type header, then what the
/// page says about itself in its first 1,024 bytes (`<meta>`, an XML declaration), then valid UTF-8 as it is, else what
/// its bytes look like. A label nobody knows is passed over in the same way: a page with a misspelt charset is still
/// read by every browser, so refusing it would make a watch useless for nothing.
enum Charset {
    /// The page as UTF-8 without a byte order mark; no copy is made when it is UTF-8 already.
    static func utf8(_ body: [UInt8], contentType: String?) -> ArraySlice<UInt8> {
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { return checked(body[3...]) }
        if body.starts(with: [0xFF, 0xFE]) { return decoded(body[2...], as: "UTF-16LE") }
        if body.starts(with: [0xFE, 0xFF]) { return decoded(body[2...], as: "UTF-16BE") }
        if let name = headerLabel(contentType).flatMap(CharsetLabels.encoding) { return decoded(body[...], as: name) }
        if let name = declaredLabel(body.prefix(1024)).flatMap(CharsetLabels.encoding) {
            // A page whose declaration could be read as ASCII is not UTF-16, whatever it says.
            return decoded(body[...], as: name.hasPrefix("UTF-16") ? "UTF-8" : name)
        }
        if let name = patternEncoding(body) { return decoded(body[...], as: name) }
        // Safety: all that gets these bytes stays between their first and their last, and answers before they go.
        let isUTF8 = body.withUnsafeBufferPointer(UTF8Check.isValid)
        guard isUTF8 else { return decoded(body[...], as: CharsetGuess.encoding(body)) }
        return CharsetGuess.isISO2022JP(body) ? decoded(body[...], as: "ISO-2022-JP") : body[...]
    }

    private static func checked(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.withUnsafeBufferPointer { UTF8Check.isValid($0) ? nil : UTF8Check.repaired($0) }.map { $0[...] } ?? bytes
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>, as name: String) -> ArraySlice<UInt8> {
        name == "UTF-8" ? checked(bytes) : CharsetDecoder.utf8(bytes, from: name)[...]
    }

    /// `charset` of a Content-Type header.
    static func headerLabel(_ contentType: String?) -> String? {
        guard let contentType else { return nil }
        for part in contentType.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ !$0.isWhitespace }).lowercased() == "charset" else { continue }
            return pair[1].filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
        }
        return nil
    }

    /// UTF-16 without a mark: an XML declaration or a tag with a NUL between its letters.
    private static func patternEncoding(_ body: [UInt8]) -> String? {
        if body.starts(with: [0x3C, 0x00]) { return "UTF-16LE" }
        return body.starts(with: [0x00, 0x3C]) ? "UTF-16BE" : nil
    }

    /// The charset that a page names in an XML declaration or a `<meta>` tag.
    static func declaredLabel(_ start: ArraySlice<UInt8>) -> String? {
        start.withUnsafeBufferPointer { bytes in
            if bytes.hasWord("<?xml", at: 0, to: bytes.count),
                let close = bytes.find(UInt8(ascii: ">"), from: 0, to: bytes.count),
                let label = value(of: "encoding", in: bytes, from: 0, to: close)
            {
                return label
            }
            var index = 0
            while let less = bytes.find(UInt8(ascii: "<"), from: index, to: bytes.count) {
                index = less + 1
                if bytes.hasWord("<!--", at: less, to: bytes.count) {
                    index = bytes.find("-->", from: less + 2, to: bytes.count) ?? bytes.count
                } else if bytes.hasWord("<meta", at: less, to: bytes.count) {
                    let close = bytes.find(UInt8(ascii: ">"), from: less, to: bytes.count) ?? bytes.count
                    if let label = value(of: "charset", in: bytes, from: less, to: close) { return label }
                }
            }
            return nil
        }
    }

    /// What follows `word` and an equals sign, quoted or not.
    private static func value(
        of word: StaticString, in bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
    ) -> String? {
        for place in start..<max(start, end) where bytes.hasWord(word, at: place, to: end) {
            var index = place + word.utf8CodeUnitCount
            while index < end, ByteClass.isSpace(bytes[index]) { index += 1 }
            guard index < end, bytes[index] == UInt8(ascii: "=") else { continue }
            index += 1
            while index < end, ByteClass.isSpace(bytes[index]) || bytes[index] == 0x22 || bytes[index] == 0x27 {
                index += 1
            }
            let from = index
            while index < end, !ByteClass.isSpace(bytes[index]), !"\"';/>?".utf8.contains(bytes[index]) { index += 1 }
            return index > from ? String(decoding: bytes[from..<index], as: UTF8.self) : nil
        }
        return nil
    }
}

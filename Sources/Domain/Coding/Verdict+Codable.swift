extension Verdict: Codable {
    private enum CodingKeys: String, CodingKey {
        case decision, text, title, offer, picture
        case pageChecksum = "page_checksum"
        case textChecksum = "text_checksum"
        case lastText = "last_text"
        case wantsUniqueLines = "unique_lines"
        case ignoresWhitespace = "ignores_whitespace"
        case hasPriceData = "price_data"
    }

    /// The decision without its text.
    private enum Word: String, Codable {
        case sameBytes = "same_bytes"
        case sameText = "same_text"
        case changed, blocked
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        let decision: Decision =
            switch try box.decode(Word.self, forKey: .decision) {
            case .sameBytes: .sameBytes
            case .sameText: .sameText
            case .changed: .changed(text: try box.bytes(.text))
            case .blocked: .blocked(text: try box.bytes(.text))
            }
        self.init(
            decision: decision, pageChecksum: try box.decode(Checksum.self, forKey: .pageChecksum),
            textChecksum: try box.decodeIfPresent(Checksum.self, forKey: .textChecksum),
            title: try box.decodeIfPresent(String.self, forKey: .title))
        lastText = try box.bytesIfPresent(.lastText)
        wantsUniqueLines = try box.decode(Bool.self, forKey: .wantsUniqueLines)
        ignoresWhitespace = try box.decode(Bool.self, forKey: .ignoresWhitespace)
        offer = try box.decodeIfPresent(Offer.self, forKey: .offer)
        picture = try box.decodeIfPresent(Picture.self, forKey: .picture)
        hasPriceData = try box.decodeIfPresent(Bool.self, forKey: .hasPriceData)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        switch decision {
        case .sameBytes: try box.encode(Word.sameBytes, forKey: .decision)
        case .sameText: try box.encode(Word.sameText, forKey: .decision)
        case .changed(let text):
            try box.encode(Word.changed, forKey: .decision)
            try box.encode(bytes: text, forKey: .text)
        case .blocked(let text):
            try box.encode(Word.blocked, forKey: .decision)
            try box.encode(bytes: text, forKey: .text)
        }
        try box.encode(pageChecksum, forKey: .pageChecksum)
        try box.encodeIfPresent(textChecksum, forKey: .textChecksum)
        try box.encodeIfPresent(title, forKey: .title)
        try box.encode(bytes: lastText, forKey: .lastText)
        try box.encode(wantsUniqueLines, forKey: .wantsUniqueLines)
        try box.encode(ignoresWhitespace, forKey: .ignoresWhitespace)
        try box.encodeIfPresent(offer, forKey: .offer)
        try box.encodeIfPresent(picture, forKey: .picture)
        try box.encodeIfPresent(hasPriceData, forKey: .hasPriceData)
    }
}

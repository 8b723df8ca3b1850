/// When a difference between two pictures counts, under changedetection.io's names.
public struct ImageSettings: Hashable, Sendable {
    /// Of all pixels that are looked at, so many percent have to differ.
    public var minimumPercent = 1.0
    /// How much a pixel's red, green or blue has to move, of 255, after a blur that lets noise and anti-aliasing go; 0
    /// takes any move.
    public var sensitivity = 20
    /// The only part that is looked at; all of the picture when nil.
    public var box: PixelBox?

    public init() {}
}

/// A rectangle of pixels, written `x,y,width,height` from the upper left corner.
public struct PixelBox: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The largest number taken for any part, above every picture that is read.
    private static let most = 1_000_000

    public let x: Int
    public let y: Int
    public let width: Int
    public let height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// Reads four whole numbers with commas between them; nil when it is anything else or has no area.
    public init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            Int(String(part.filter { !$0.isWhitespace }))
        }
        guard parts.count == 4, let x = parts[0], let y = parts[1], let width = parts[2], let height = parts[3],
            (0...Self.most).contains(x), (0...Self.most).contains(y), (1...Self.most).contains(width),
            (1...Self.most).contains(height)
        else { return nil }
        self.init(x: x, y: y, width: width, height: height)
    }

    public var description: String { "\(x),\(y),\(width),\(height)" }

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        let text = try value.decode(String.self)
        guard let box = PixelBox(text) else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "not x,y,width,height: \(text)")
        }
        self = box
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}

/// A picture as a server sent it, with what was learned when it was read.
public struct Picture: Hashable, Sendable {
    /// By its first bytes, not by what the server called it.
    public let mediaType: String
    public let width: Int
    public let height: Int
    public let bytes: [UInt8]

    public init(mediaType: String, width: Int, height: Int, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.width = width
        self.height = height
        self.bytes = bytes
    }
}

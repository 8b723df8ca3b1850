/// How large a picture says that it is in its first bytes, so that one of too many pixels is refused for that before a
/// process is started.
///
/// What says nothing, or a lie, is left to GraphicsMagick and its own limits.
enum PictureSize {
    static func pixels(of bytes: [UInt8], as format: PictureFormat) -> Int? {
        let size: (width: Int, height: Int)? =
            switch format {
            case .png: (large(bytes, 16, 4), large(bytes, 20, 4))
            case .gif: (small(bytes, 6, 2), small(bytes, 8, 2))
            case .jpeg: jpeg(bytes)
            case .webp: webp(bytes)
            }
        guard let size else { return nil }
        let (pixels, isTooMuch) = size.width.multipliedReportingOverflow(by: size.height)
        return isTooMuch ? .max : pixels
    }

    /// The most significant byte first; 0 beyond the end.
    private static func large(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
        (place..<place + count).reduce(0) { $0 << 8 | ($1 < bytes.count ? Int(bytes[$1]) : 0) }
    }

    /// The least significant byte first.
    private static func small(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
        (place..<place + count).reversed().reduce(0) { $0 << 8 | ($1 < bytes.count ? Int(bytes[$1]) : 0) }
    }

    /// From the first frame's header (ITU-T T.81, B.2.2): marks 0xC0 to 0xCF but for those of tables and arithmetic
    /// coding.
    private static func jpeg(_ bytes: [UInt8]) -> (Int, Int)? {
        var place = 2
        while place + 9 < bytes.count {
            guard bytes[place] == 0xFF else { return nil }
            let mark = bytes[place + 1]
            if mark == 0xFF {
                place += 1
                continue
            }
            if (0xC0...0xCF).contains(mark), ![0xC4, 0xC8, 0xCC].contains(mark) {
                return (large(bytes, place + 7, 2), large(bytes, place + 5, 2))
            }
            place += 2 + large(bytes, place + 2, 2)
        }
        return nil
    }

    /// From the first chunk: extended, lossless or lossy (RFC 9649, 2.5 to 2.7; RFC 6386, 9.1).
    private static func webp(_ bytes: [UInt8]) -> (Int, Int)? {
        guard bytes.count >= 30 else { return nil }
        switch String(decoding: bytes[12..<16], as: UTF8.self) {
        case "VP8X": return (small(bytes, 24, 3) + 1, small(bytes, 27, 3) + 1)
        case "VP8L":
            let packed = small(bytes, 21, 4)
            return ((packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1)
        case "VP8 ": return (small(bytes, 26, 2) & 0x3FFF, small(bytes, 28, 2) & 0x3FFF)
        default: return nil
        }
    }
}

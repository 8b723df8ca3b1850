import Domain

/// A picture's pixels: red, green and blue, a byte each, row after row.
struct PixelGrid: Equatable {
    let width: Int
    let height: Int
    /// Three bytes for each pixel.
    var bytes: [UInt8]

    init(width: Int, height: Int, bytes: [UInt8]) {
        precondition(bytes.count == 3 * width * height)
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    /// Reads a binary portable pixmap with a byte for each colour (`P6` and 255, netpbm's ppm(5)); nil when it is
    /// anything else.
    init?(pixmap: [UInt8]) {
        var place = 0
        func word() -> ArraySlice<UInt8> {
            while place < pixmap.count, ByteClass.isSpace(pixmap[place]) { place += 1 }
            let start = place
            while place < pixmap.count, !ByteClass.isSpace(pixmap[place]), place - start < 10 { place += 1 }
            return pixmap[start..<place]
        }
        func number() -> Int? { Int(String(decoding: word(), as: UTF8.self)) }
        guard word().elementsEqual("P6".utf8), let width = number(), let height = number(), number() == 255,
            width > 0, height > 0, width <= 1 << 20, height <= 1 << 20
        else { return nil }
        // One white space ends the header.
        place += 1
        guard pixmap.count - place == 3 * width * height else { return nil }
        self.init(width: width, height: height, bytes: Array(pixmap[place...]))
    }

    /// The same as a portable pixmap.
    var pixmap: [UInt8] { Array("P6\n\(width) \(height)\n255\n".utf8) + bytes }

    /// The part inside of `box`; throws when none of it lies in the picture.
    func cropped(to box: PixelBox?) throws(CheckFailure) -> PixelGrid {
        guard let box else { return self }
        let right = min(width, box.x + box.width), lower = min(height, box.y + box.height)
        guard box.x < right, box.y < lower else {
            throw CheckFailure(
                .badFilter, "the bounding box \(box) is outside the image, which is \(width) × \(height) pixels")
        }
        var part: [UInt8] = []
        part.reserveCapacity(3 * (right - box.x) * (lower - box.y))
        for row in box.y..<lower { part += bytes[3 * (row * width + box.x)..<3 * (row * width + right)] }
        return PixelGrid(width: right - box.x, height: lower - box.y, bytes: part)
    }
}

public import Domain

/// How two pictures differ, for people: in percent and as a picture of the difference.
public struct PictureDifference: Sendable {
    /// Of the pixels that are looked at.
    public let percent: Double
    /// A PNG of the newer picture, pale, with all that differs in red.
    public let picture: Picture

    /// Reads both and draws the difference; both are bytes from outside, and reading them starts processes.
    public init(from old: Picture, to new: Picture, settings: ImageSettings) throws(CheckFailure) {
        guard let format = PictureFormat(new.bytes) else { throw CheckFailure(.unreadable, "it is not an image") }
        let grid = try PictureReader.pixels(of: new.bytes, as: format, for: .person)
        let difference = try Self.between(old, grid, settings, for: .person)
        let drawn = Self.drawn(difference, on: try grid.cropped(to: settings.box))
        percent = difference.percent
        picture = Picture(
            mediaType: PictureFormat.png.mediaType, width: drawn.width, height: drawn.height,
            bytes: try PictureReader.png(of: drawn))
    }

    static func between(
        _ old: Picture, _ new: PixelGrid, _ settings: ImageSettings, for purpose: DetectionPurpose
    ) throws(CheckFailure) -> PixelDifference {
        guard let format = PictureFormat(old.bytes) else { throw CheckFailure(.unreadable, "it is not an image") }
        let before = try PictureReader.pixels(of: old.bytes, as: format, for: purpose)
        // A picture that has become too small for the box differs as a whole.
        let part = try? before.cropped(to: settings.box)
        return PixelDifference(
            part ?? PixelGrid(width: 0, height: 0, bytes: []), try new.cropped(to: settings.box),
            sensitivity: settings.sensitivity)
    }

    private static func drawn(_ difference: PixelDifference, on grid: PixelGrid) -> PixelGrid {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(3 * difference.width * difference.height)
        for row in 0..<difference.height {
            for column in 0..<difference.width {
                var level = 255
                if row < grid.height, column < grid.width {
                    let place = 3 * (row * grid.width + column)
                    // Brightness as ITU-R BT.601 weighs it, then three quarters of the way to white.
                    let grey =
                        (299 * Int(grid.bytes[place]) + 587 * Int(grid.bytes[place + 1])
                            + 114 * Int(grid.bytes[place + 2])) / 1000
                    level = 191 + grey / 4
                }
                let differs = difference.marks[row * difference.width + column] == 1
                bytes +=
                    differs ? [224, UInt8(level / 4), UInt8(level / 4)] : [UInt8(level), UInt8(level), UInt8(level)]
            }
        }
        return PixelGrid(width: difference.width, height: difference.height, bytes: bytes)
    }
}

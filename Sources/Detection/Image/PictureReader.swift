import Domain

/// Reads and writes pictures by GraphicsMagick's `gm`, in a process of its own: what decodes a stranger's bytes crashes
/// there.
///
/// The format is named, never guessed, so that none of its many other readers (some of which follow names to files and
/// addresses) is reached. What counts is what a browser shows on a white page: the first frame, turned as a camera's
/// note (EXIF's orientation) says, inks as light, white where it is transparent.
enum PictureReader {
    /// A page of 1,280 × 20,000 pixels passes.
    static let mostPixels = 32_000_000
    private static let program = OutsideProgram(
        name: "gm", seconds: 15, memoryBytes: 1 << 30, outputBytes: 3 * mostPixels + 64, seeksInInput: true)
    private static let bounds = [
        "-limit", "pixels", "\(mostPixels)", "-limit", "memory", "700000000", "-limit", "map", "0", "-limit", "disk",
        "0", "-limit", "threads", "1",
    ]

    static func pixels(
        of bytes: [UInt8], as format: PictureFormat, for purpose: DetectionPurpose = .check
    ) throws(CheckFailure) -> PixelGrid {
        if let count = PictureSize.pixels(of: bytes, as: format), count > mostPixels { throw tooLarge }
        guard format.isWhole(bytes) else {
            throw CheckFailure(.unreadable, "the \(format.rawValue) image is cut off")
        }
        let flattened = [
            "-auto-orient", "-background", "white", "-flatten", "-colorspace", "RGB", "-type", "TrueColor", "-depth",
            "8",
        ]
        let output = try program.run(
            ["convert"] + bounds + ["\(format.rawValue):/dev/stdin[0]"] + flattened + ["ppm:-"], input: bytes,
            for: purpose)
        guard output.status == 0, let grid = PixelGrid(pixmap: output.bytes) else {
            if output.complaint.lowercased().contains("limit") { throw tooLarge }
            throw CheckFailure(.unreadable, "GraphicsMagick cannot read this \(format.rawValue) image")
        }
        return grid
    }

    private static var tooLarge: CheckFailure {
        CheckFailure(.tooComplex, "the image has more than \(mostPixels / 1_000_000) million pixels")
    }

    /// The pixels as a PNG, for people.
    static func png(of grid: PixelGrid) throws(CheckFailure) -> [UInt8] {
        let output = try program.run(
            ["convert"] + bounds + ["ppm:/dev/stdin", "png:-"], input: grid.pixmap, for: .person)
        guard output.status == 0, PictureFormat(output.bytes) == .png else {
            throw CheckFailure(.internalError, "GraphicsMagick could not write an image")
        }
        return output.bytes
    }
}

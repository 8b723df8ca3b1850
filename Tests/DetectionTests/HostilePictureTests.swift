import Domain
import TestSupport
import Testing

@testable import Detection

/// What comes of pictures that are odd, broken or meant to hurt: each has one outcome, and none takes the process with
/// it.
@Suite("Odd and hostile pictures")
struct HostilePictureTests {
    private static let red: [UInt8] = [255, 0, 0], blue: [UInt8] = [0, 0, 255], white: [UInt8] = [255, 255, 255]

    private func plain(_ width: Int, _ height: Int, _ colour: [UInt8]) -> PixelGrid {
        PixelGrid(width: width, height: height, bytes: Array((0..<width * height).map { _ in colour }.joined()))
    }

    /// What GraphicsMagick writes for `input`.
    private func made(_ arguments: [String], _ input: [UInt8] = []) throws -> [UInt8] {
        let output = try OutsideProgram(name: "gm", memoryBytes: 2 << 30).run(["convert"] + arguments, input: input)
        try #require(output.status == 0, "\(output.complaint)")
        return output.bytes
    }

    private func check(
        _ body: [UInt8], after before: [UInt8]? = nil, _ change: (inout ImageSettings) -> Void = { _ in }
    ) throws(CheckFailure) -> Verdict {
        try look(body, after: before, change).result.get()
    }

    private func look(
        _ body: [UInt8], after before: [UInt8]?, _ change: (inout ImageSettings) -> Void = { _ in }
    ) -> Reading {
        var settings = DetectionSettings()
        change(&settings.image)
        var previous = PreviousCheck()
        if let before {
            previous.picture = Picture(mediaType: "image/png", width: 1, height: 1, bytes: before)
        }
        let page = FetchedPage(status: 200, finalURL: "", contentType: "image/png", body: body)
        let processor = ImageProcessor()
        let checksum = processor.checksum(of: page, settings: settings)
        return processor.read(page, checksum: checksum, settings: settings, previous: previous)
    }

    private func failure(_ body: [UInt8]) -> CheckFailure.Code? {
        do throws(CheckFailure) { _ = try check(body) } catch { return error.code }
        return nil
    }

    private func isChange(_ verdict: Verdict) -> Bool { if case .changed = verdict.decision { true } else { false } }

    @Test("of an animation the first frame counts: another one behind it is no change")
    func animation() throws {
        let two = try made(["ppm:-", "gif:-"], plain(40, 20, Self.red).pixmap + plain(40, 20, Self.blue).pixmap)
        let one = try made(["ppm:-", "gif:-"], plain(40, 20, Self.red).pixmap)
        #expect(two.count > one.count)
        let pixels = try PictureReader.pixels(of: two, as: .gif)
        #expect(PixelDifference(pixels, plain(40, 20, Self.red), sensitivity: 0).count == 0)
        #expect(try !isChange(check(two, after: one)))
        let turned = try made(["ppm:-", "gif:-"], plain(40, 20, Self.blue).pixmap + plain(40, 20, Self.red).pixmap)
        #expect(try isChange(check(turned, after: two)))
    }

    @Test("a camera's note on how it was held turns the picture, as in a browser")
    func orientation() throws {
        var grid = plain(40, 20, Self.red)
        for row in 0..<20 {
            for column in 0..<20 {
                grid.bytes.replaceSubrange(3 * (row * 40 + column)..<3 * (row * 40 + column) + 3, with: Self.blue)
            }
        }
        let jpeg = try made(["ppm:-", "-quality", "95", "jpeg:-"], grid.pixmap)
        // TIFF with one entry: orientation (0x0112) is 6, to be turned clockwise by a quarter (Exif 2.3, 4.6.4).
        let exif: [UInt8] =
            Array("Exif\0\0II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
        let noted = jpeg[..<2] + [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + jpeg[2...]
        let verdict = try check(Array(noted))
        #expect(verdict.picture?.width == 20 && verdict.picture?.height == 40)
        let pixels = try PictureReader.pixels(of: Array(noted), as: .jpeg)
        #expect(pixels.bytes[2] > 200 && pixels.bytes[3 * (39 * 20)] > 200, "blue above, red below")
    }

    @Test("inks are read as light: a JPEG in CMYK has the colours that it has in RGB")
    func inks() throws {
        // Without black, which GraphicsMagick adds to the other inks when it writes.
        let grid = plain(40, 20, [255, 30, 60])
        let inks = try made(["ppm:-", "-colorspace", "CMYK", "-quality", "95", "jpeg:-"], grid.pixmap)
        let read = try PictureReader.pixels(of: inks, as: .jpeg)
        #expect(PixelDifference(grid, read, sensitivity: 12).count == 0)
    }

    @Test("what is transparent is white, whatever colour lies below")
    func transparency() throws {
        let clear = try made([
            "-size", "30x30", "xc:#ff000000", "-matte", "-operator", "Opacity", "Assign", "100%", "png:-",
        ])
        let pixels = try PictureReader.pixels(of: clear, as: .png)
        #expect(PixelDifference(pixels, plain(30, 30, Self.white), sensitivity: 0).count == 0)
    }

    @Test("a picture of one pixel is one, and its change a change")
    func onePixel() throws {
        let dark = try PictureReader.png(of: plain(1, 1, [0, 0, 0])),
            light = try PictureReader.png(of: plain(1, 1, Self.white))
        #expect(try check(dark).picture?.width == 1)
        #expect(try isChange(check(light, after: dark)))
        #expect(try !isChange(check(dark, after: dark)))
    }

    @Test("another size is a change by what only one of them has, never stretched to fit")
    func otherSize() throws {
        let before = try PictureReader.png(of: plain(100, 100, Self.red))
        let longer = try PictureReader.png(of: plain(100, 110, Self.red))
        let look = look(longer, after: before)
        #expect(try isChange(look.result.get()))
        #expect(
            look.steps.first?.note
                == "9.09% of the pixels differ, within 100 × 10 pixels, 0 from the left and 100 from the top")
        #expect(try !isChange(check(longer, after: before) { $0.minimumPercent = 10 }))
        // The box is looked at in both, and there they are the same.
        #expect(try !isChange(check(longer, after: before) { $0.box = PixelBox("0,0,100,100") }))
        let small = try PictureReader.png(of: plain(10, 10, Self.red))
        #expect(throws: CheckFailure.self) { try check(small, after: before) { $0.box = PixelBox("50,50,10,10") } }
        // One that was too small for the box differs as a whole.
        #expect(try isChange(check(before, after: small) { $0.box = PixelBox("50,50,10,10") }))
    }

    @Test("a picture that was cut off is a failure wherever it was cut", arguments: ["png", "jpeg", "gif"])
    func cut(format: String) throws {
        let whole = try made(["-size", "300x200", "gradient:red-blue", "\(format):-"])
        #expect(failure(whole) == nil)
        for tenth in 1...9 {
            #expect(failure(Array(whole.prefix(whole.count * tenth / 10))) == .unreadable, "\(tenth) tenths")
        }
    }

    @Test("what lies about its size is refused before it is unfolded", arguments: ["png", "jpeg", "gif"])
    func lyingSize(format: String) throws {
        var picture = try made(["-size", "30x20", "xc:white", "\(format):-"])
        switch format {
        case "gif":
            // Width and height of the screen and of the frame behind its mark 0x2C (GIF89a, 18 and 20).
            for place in [6, 7, 8, 9] { picture[place] = 0xFF }
            let frame = try #require(picture.lastIndex(of: 0x2C))
            for place in (frame + 5)..<(frame + 9) where place < picture.count { picture[place] = 0xFF }
        case "jpeg":
            // Height and width in the frame's header (T.81, B.2.2).
            let header = try #require(
                picture.indices.dropLast().first { picture[$0] == 0xFF && (0xC0...0xC2).contains(picture[$0 + 1]) })
            for place in (header + 5)..<(header + 9) { picture[place] = 0xFF }
        default: for place in 16..<24 { picture[place] = 0x7F }
        }
        #expect(failure(picture) == .tooComplex)
    }

    @Test(
        "how large a picture says that it is, in all formats",
        arguments: [
            (PictureFormat.webp, "RIFF....WEBPVP8X" + "........", [0x1F, 0x4E, 0, 0x0F, 0x27, 0], 20_000 * 10_000),
            (.webp, "RIFF....WEBPVP8L" + "..../", [0xFF, 0xC1, 0x7F, 0x00, 0, 0, 0, 0, 0], 512 * 512),
            (.webp, "RIFF....WEBPVP8 " + "..........", [0x40, 0x01, 0xF0, 0x00], 320 * 240),
            (.gif, "GIF89a", [0x40, 0x01, 0xF0, 0x00], 320 * 240), (.gif, "GIF89a", [], 0),
        ])
    func sizes(_ format: PictureFormat, _ head: String, _ rest: [UInt8], _ expected: Int) {
        // What is cut off is left to the reader.
        #expect(PictureSize.pixels(of: Array(head.utf8) + rest, as: format) == expected)
        #expect(PictureSize.pixels(of: Array("RIFF....WEBPVP8L".utf8), as: .webp) == nil)
        #expect(PictureSize.pixels(of: [0xFF, 0xD8, 0xFF], as: .jpeg) == nil)
    }

    @Test("a large picture in few bytes is refused by its number of pixels, with the limit said")
    func bomb() throws {
        let huge = try made(["-size", "7000x7000", "xc:white", "-type", "bilevel", "png:-"])
        #expect(huge.count < 200_000)
        let failure = #expect(throws: CheckFailure.self) { try PictureReader.pixels(of: huge, as: .png) }
        #expect(failure?.code == .tooComplex)
        #expect(failure?.detail?.contains("\(PictureReader.mostPixels / 1_000_000) million pixels") == true)
    }

    @Test("random damage ends in a picture or in a failure that blames the page")
    func damage() throws {
        var random = SeededGenerator(seed: runSeed)
        for format in ["png", "jpeg", "gif"] {
            let whole = try made(["-size", "60x40", "gradient:red-blue", "\(format):-"])
            for _ in 0..<6 {
                var broken = whole
                for _ in 0..<Int.random(in: 1...20, using: &random) {
                    broken[Int.random(in: 4..<broken.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                let code = failure(broken)
                #expect([nil, .unreadable, .tooComplex].contains(code), "\(format), seed \(runSeed)")
            }
        }
    }
}

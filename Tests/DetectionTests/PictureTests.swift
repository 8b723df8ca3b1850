import Domain
import Foundation
import TestSupport
import Testing

@testable import Detection

@Suite("Pictures are compared by their pixels")
struct PictureTests {
    private static func plain(_ width: Int, _ height: Int, _ colour: [UInt8] = [200, 200, 200]) -> PixelGrid {
        PixelGrid(width: width, height: height, bytes: Array((0..<width * height).map { _ in colour }.joined()))
    }

    private static func painted(
        _ grid: PixelGrid, _ colour: [UInt8], columns: Range<Int>, rows: Range<Int>
    ) -> PixelGrid {
        var grid = grid
        for row in rows {
            for column in columns {
                for channel in 0..<3 { grid.bytes[3 * (row * grid.width + column) + channel] = colour[channel] }
            }
        }
        return grid
    }

    private func verdict(
        _ body: [UInt8], previous: PreviousCheck = PreviousCheck(), _ change: (inout ImageSettings) -> Void = { _ in }
    ) throws(CheckFailure) -> Verdict {
        var settings = DetectionSettings()
        change(&settings.image)
        // What the server calls it counts for nothing.
        let page = FetchedPage(status: 200, finalURL: "", contentType: "text/html", body: body)
        return try ImageProcessor().verdict(on: page, settings: settings, previous: previous)
    }

    private func after(_ verdict: Verdict) -> PreviousCheck {
        var previous = PreviousCheck(pageChecksum: verdict.pageChecksum, textChecksum: verdict.textChecksum)
        previous.picture = verdict.picture
        return previous
    }

    @Test("a pixel counts when one of its colours moves by more than the sensitivity, after the blur")
    func area() {
        let before = Self.plain(200, 100)
        let after = Self.painted(before, [0, 0, 0], columns: 50..<100, rows: 20..<60)
        let difference = PixelDifference(before, after, sensitivity: 100)
        // Half of the step of 200 is reached at the block's edge: the block itself, but for its rounded corners.
        #expect((1900...2000).contains(difference.count))
        let bounds = difference.bounds
        #expect(bounds?.left == 50 && bounds?.upper == 20 && bounds?.right == 100 && bounds?.lower == 60)
        #expect(PixelDifference(before, before, sensitivity: 0).count == 0)
        #expect(PixelDifference(before, after, sensitivity: 255).count == 0)
    }

    @Test("noise of single pixels is blurred away; a colour of the same brightness is not")
    func noise() {
        let before = Self.plain(60, 60)
        let speckled = Self.painted(before, [255, 255, 255], columns: 30..<31, rows: 30..<31)
        #expect(PixelDifference(before, speckled, sensitivity: 20).count == 0)
        let red = Self.plain(60, 60, [200, 0, 0]), green = Self.plain(60, 60, [0, 102, 0])
        #expect(PixelDifference(red, green, sensitivity: 20).percent == 100)
    }

    @Test("what only one of the pictures has differs")
    func sizes() {
        let difference = PixelDifference(Self.plain(10, 10), Self.plain(10, 20), sensitivity: 0)
        #expect(difference.percent == 50)
        #expect(difference.bounds?.upper == 10)
        #expect(PixelDifference(Self.plain(10, 20), Self.plain(20, 10), sensitivity: 0).percent == 75)
    }

    @Test("the marks are those of blurring both pictures and comparing them, worked out in the plainest way")
    func plainWay() {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<20 {
            let width = Int.random(in: 1...24, using: &random), height = Int.random(in: 1...24, using: &random)
            let before = Self.plain(width, height)
            var after = before
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                after.bytes[Int.random(in: after.bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            let sensitivity = Int.random(in: 0...12, using: &random)
            let marks = PixelDifference(before, after, sensitivity: sensitivity).marks
            #expect(marks == Self.plainMarks(before, after, sensitivity), "seed \(runSeed)")
        }
    }

    /// Three box blurs of 5, 5 and 7 along each axis of each picture, as one kernel, in whole numbers.
    private static func plainMarks(_ one: PixelGrid, _ other: PixelGrid, _ sensitivity: Int) -> [UInt8] {
        func boxed(_ kernel: [Int], _ width: Int) -> [Int] {
            (0..<kernel.count + width - 1).map { place in
                (max(0, place - width + 1)...min(place, kernel.count - 1)).reduce(0) { $0 + kernel[$1] }
            }
        }
        let kernel = boxed(boxed([1, 1, 1, 1, 1], 5), 7)
        return (0..<one.width * one.height).map { place in
            let row = place / one.width, column = place % one.width
            let differs = (0..<3).contains { channel in
                var sum = 0
                for (down, weight) in kernel.enumerated() {
                    for (across, factor) in kernel.enumerated() {
                        let y = min(max(row + down - 7, 0), one.height - 1)
                        let x = min(max(column + across - 7, 0), one.width - 1)
                        let index = 3 * (y * one.width + x) + channel
                        sum += weight * factor * (Int(other.bytes[index]) - Int(one.bytes[index]))
                    }
                }
                return abs(sum) > sensitivity * 175 * 175
            }
            return differs ? 1 : 0
        }
    }

    @Test("a picture that differs in more than the wished percentage is a change, and says where")
    func change() throws {
        let before = Self.plain(100, 100)
        let old = try PictureReader.png(of: before)
        let first = try verdict(old)
        #expect(first.picture == Picture(mediaType: "image/png", width: 100, height: 100, bytes: old))
        guard case .changed = first.decision else {
            Issue.record("the first look is no change")
            return
        }
        #expect(try verdict(old, previous: after(first)).decision == .sameBytes)

        let new = try PictureReader.png(of: Self.painted(before, [0, 0, 0], columns: 0..<40, rows: 0..<25))
        let second = try verdict(new, previous: after(first))
        guard case .changed(let text) = second.decision else {
            Issue.record("a tenth of the pixels is no change")
            return
        }
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("Picture: image/png, 100 × 100 pixels\n"))
        let page = FetchedPage(status: 200, finalURL: "", contentType: nil, body: new)
        let reading = ImageProcessor().read(
            page, checksum: second.pageChecksum, settings: .init(), previous: after(first))
        #expect(
            reading.steps.first?.note?.hasSuffix(
                "% of the pixels differ, within 44 × 29 pixels, 0 from the left and 0 from the top") == true)

        let held = try verdict(new, previous: after(first)) { $0.minimumPercent = 20 }
        #expect(held.decision == .sameText)
        #expect(held.picture == nil)
        #expect(held.textChecksum == first.textChecksum)
    }

    @Test("only what lies in the bounding box counts")
    func box() throws {
        let before = Self.plain(100, 100)
        let first = try verdict(try PictureReader.png(of: before))
        let new = try PictureReader.png(of: Self.painted(before, [0, 0, 0], columns: 0..<40, rows: 0..<40))
        let outside = try verdict(new, previous: after(first)) { $0.box = PixelBox("60,60,40,40") }
        #expect(outside.decision == .sameText)
        let inside = try verdict(new, previous: after(first)) { $0.box = PixelBox("30,30,10,10") }
        #expect(inside.picture != nil)
        #expect(throws: CheckFailure.self) { try verdict(new) { $0.box = PixelBox("100,0,5,5") } }
    }

    @Test(
        "all formats that browsers show are read alike, whatever the server calls them",
        arguments: PictureFormat.allCases)
    func formats(_ format: PictureFormat) throws {
        let grid = Self.painted(Self.plain(64, 48), [10, 60, 200], columns: 0..<32, rows: 0..<24)
        let bytes: [UInt8]
        if format == .webp {
            // GraphicsMagick wants a file of its own to write this one.
            bytes = Array(try #require(Data(base64Encoded: Self.webp)))
        } else {
            let gm = OutsideProgram(name: "gm")
            bytes = try gm.run(["convert", "ppm:-", "-quality", "95", "\(format.rawValue):-"], input: grid.pixmap).bytes
        }
        #expect(PictureFormat(bytes) == format)
        let read = try PictureReader.pixels(of: bytes, as: format)
        #expect(PixelDifference(grid, read, sensitivity: 12).percent < 2)
    }

    /// The picture of `formats`, written by `gm convert -quality 95`.
    private static let webp = """
        UklGRmoAAABXRUJQVlA4IF4AAAAwBACdASpAADAAPhkKhEEhBakABABhKAHYA/AD9gP4AAcLvTg9silW9AAA/v2EGP//4WYVzpR//wsz//\
        74DbI0m/7Jh/oiUxHUl9dN///6NDGc//8GR8ED/00bAAAA
        """

    @Test("what is no picture, or a broken one, is a clear failure")
    func broken() throws {
        let whole = try PictureReader.png(of: Self.plain(40, 40))
        func failure(_ bytes: [UInt8]) -> CheckFailure.Code? {
            do throws(CheckFailure) { _ = try verdict(bytes) } catch { return error.code }
            return nil
        }
        #expect(failure(Array("<html>".utf8)) == .unreadable)
        #expect(failure([]) == .unreadable)
        #expect(failure(Array(whole.prefix(20))) == .unreadable)
        var lying = whole
        // The width in the header becomes two thousand million, which no check sum confirms.
        lying[16] = 0x7F
        #expect(failure(lying) != nil)
    }

    @Test("a picture of many pixels in few bytes is refused, not unfolded")
    func bomb() throws {
        let gm = OutsideProgram(name: "gm", memoryBytes: 2 << 30)
        let huge = try gm.run(["convert", "-size", "9000x9000", "xc:white", "-type", "bilevel", "png:-"], input: [])
        #expect(huge.bytes.count < 200_000)
        #expect(throws: CheckFailure.self) { try PictureReader.pixels(of: huge.bytes, as: .png) }
    }

    @Test("the picture of a difference has the size of the new one and its changes in red")
    func drawn() throws {
        let before = Self.plain(30, 20)
        let after = Self.painted(before, [0, 0, 0], columns: 10..<20, rows: 5..<15)
        func picture(_ grid: PixelGrid) throws -> Picture {
            Picture(
                mediaType: "image/png", width: grid.width, height: grid.height, bytes: try PictureReader.png(of: grid))
        }
        let difference = try PictureDifference(
            from: try picture(before), to: try picture(after), settings: ImageSettings())
        let shown = try PictureReader.pixels(of: difference.picture.bytes, as: .png)
        #expect(shown.width == 30 && shown.height == 20)
        let middle = 3 * (10 * 30 + 15)
        #expect(shown.bytes[middle] > 200 && shown.bytes[middle + 1] < 80)
        #expect(shown.bytes[0] == shown.bytes[1])
        #expect(difference.percent > 10)
    }
}

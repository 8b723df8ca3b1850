public import Domain

/// Compares pictures: those whose address is watched, and screenshots, which are pictures too.
///
/// A picture is compared with the one that was kept last, so that it cannot change little by little unseen. The
/// snapshot's text describes it; the picture itself is kept beside.
public struct ImageProcessor: Processor {
    private let limits: DetectionLimits

    public init(limits: DetectionLimits = DetectionLimits()) {
        self.limits = limits
    }

    public func checksum(of page: FetchedPage, settings: DetectionSettings) -> Checksum {
        let fingerprint = PageChecksum.hash(Array("image \(settings.image)".utf8))
        return PageChecksum.of(page.body, contentType: nil, settings: fingerprint)
    }

    public func effort(on page: FetchedPage, settings: DetectionSettings) -> DetectionEffort { .program }

    /// Two pictures are decoded, one after the other; the pixels of both stay until they are compared.
    public func memoryEstimate(of page: FetchedPage, settings: DetectionSettings) -> Int {
        let said = PictureFormat(page.body).flatMap { PictureSize.pixels(of: page.body, as: $0) }
        let pixels = min(PictureReader.mostPixels, said ?? PictureReader.mostPixels)
        return PageCost.copies * page.body.count + (PageCost.pixel + 3) * pixels
    }

    public func reading(
        of page: FetchedPage, checksum: Checksum, settings: DetectionSettings, previous: PreviousCheck, trace: Trace
    ) throws(CheckFailure) -> Verdict {
        trace.begin(.picture)
        guard page.body.count <= limits.pageBytes else { throw CheckFailure(.tooLarge, "\(limits.pageBytes)") }
        guard let format = PictureFormat(page.body) else {
            throw CheckFailure(.unreadable, "it is not a PNG, JPEG, GIF or WebP image")
        }
        let grid = try PictureReader.pixels(of: page.body, as: format, for: limits.purpose)
        let picture = Picture(
            mediaType: format.mediaType, width: grid.width, height: grid.height, bytes: page.body)
        let text = Self.text(picture)
        var verdict = Verdict(
            decision: .changed(text: text), pageChecksum: checksum, textChecksum: PageChecksum.of(text))
        verdict.picture = picture
        let note: String
        if let before = previous.picture {
            let difference = try PictureDifference.between(before, grid, settings.image, for: limits.purpose)
            note = Self.words(difference)
            if difference.percent <= settings.image.minimumPercent {
                verdict.decision = .sameText
                verdict.textChecksum = previous.textChecksum
                verdict.picture = nil
            }
        } else {
            _ = try grid.cropped(to: settings.image.box)
            note = "this is the first image"
        }
        trace.end(note: note, stops: verdict.decision == .sameText)
        return verdict
    }

    /// What a snapshot says in words; different for different bytes.
    private static func text(_ picture: Picture) -> [UInt8] {
        let lines = [
            "Picture: \(picture.mediaType), \(picture.width) × \(picture.height) pixels",
            "Size: \(picture.bytes.count) bytes", "Checksum: \(PageChecksum.of(picture.bytes))",
        ]
        return Array(lines.joined(separator: "\n").utf8)
    }

    private static func words(_ difference: PixelDifference) -> String {
        let hundredths = Int((difference.percent * 100).rounded())
        let percent = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
        guard let box = difference.bounds else { return "no pixel differs" }
        let size = "\(box.right - box.left) × \(box.lower - box.upper) pixels"
        return
            "\(percent)% of the pixels differ, within \(size), \(box.left) from the left and \(box.upper) from the top"
    }
}

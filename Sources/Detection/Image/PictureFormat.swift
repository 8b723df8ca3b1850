/// The picture formats that are read, told by their first bytes alone; a server's word for a body counts for nothing
/// here.
enum PictureFormat: String, CaseIterable {
    case png, jpeg, gif, webp

    init?(_ bytes: [UInt8]) {
        func begins(_ mark: [UInt8], at place: Int = 0) -> Bool { bytes.dropFirst(place).starts(with: mark) }
        if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if begins([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if begins(Array("GIF8".utf8)) {
            self = .gif
        } else if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else {
            return nil
        }
    }

    /// Whether the file goes on to its end; only asked of JPEG, whose decoder says nothing and fills up with grey.
    ///
    /// Behind the last scan's mark (SOS) an end mark (EOI) must follow: in a scan's data no such pair of bytes occurs
    /// (ITU-T T.81, B.1.1.5).
    func isWhole(_ bytes: [UInt8]) -> Bool {
        guard self == .jpeg else { return true }
        var place = bytes.count - 2
        while place >= 0 {
            if bytes[place] == 0xFF, bytes[place + 1] == 0xD9 { return true }
            if bytes[place] == 0xFF, bytes[place + 1] == 0xDA { return false }
            place -= 1
        }
        return false
    }

    var mediaType: String { "image/\(rawValue)" }
}

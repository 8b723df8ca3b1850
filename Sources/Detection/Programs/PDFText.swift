import Crypto
import Differences
import Domain

/// The text of a PDF, read by poppler's `pdftotext` in a process of its own.
enum PDFText {
    private static let program = OutsideProgram(name: "pdftotext", seconds: 15, memoryBytes: 1 << 30)

    /// The text page by page, then a line with the document's checksum and size, as the incumbent adds it, so that a
    /// difference that is no text is seen too.
    static func read(_ body: [UInt8], for purpose: DetectionPurpose) throws(CheckFailure) -> [UInt8] {
        let output = try program.run(["-q", "-nopgbrk", "-enc", "UTF-8", "-", "-"], input: body, for: purpose)
        guard output.status == 0 else { throw CheckFailure(.unreadable, "poppler cannot read this PDF") }
        let checksum = Checksum(bytes: Array(Insecure.MD5.hash(data: body)))
        // Safety: both read from the first byte to the last, and copy what they keep.
        var text = output.bytes.withUnsafeBufferPointer {
            UTF8Check.isValid($0) ? output.bytes : UTF8Check.repaired($0)
        }
        text = Lines.normalized(text[...])
        while let last = text.last, ByteClass.isSpace(last) { text.removeLast() }
        return text + Array("\n\nDocument checksum - \(checksum) Filesize - \(body.count) bytes".utf8)
    }
}

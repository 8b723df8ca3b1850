import CXXHash
import Domain

/// Names a page by its bytes and by how it would be read, so that "same bytes" is only said when nothing could come out
/// differently.
///
/// XXH3 with 128 bits, seeded with the settings, the content type and the version of the pipeline, then the length: a
/// change of any setting (also of one for all watches) or of this program's reading makes the next check look again.
/// Not for secrets, but fast: who could make two pages with one checksum owns the page and can keep it as it is.
enum PageChecksum {
    /// Raised whenever the same page may give another text than before.
    static let pipelineVersion: UInt8 = 2

    static func of(_ body: [UInt8], contentType: String?, settings: UInt64) -> Checksum {
        of(body, seed: hash([pipelineVersion] + Array((contentType ?? "").utf8), seed: settings))
    }

    /// The same of bytes alone, for the text that is compared.
    static func of(_ body: [UInt8], seed: UInt64 = 0) -> Checksum {
        // Safety: XXH3 reads `count` bytes during the call; no address goes with a count of 0 only.
        let digest = body.withUnsafeBytes { XXH3_128bits_withSeed($0.baseAddress, $0.count, seed) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        for word in [digest.high64, digest.low64, UInt64(body.count)] {
            withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        }
        return Checksum(bytes: bytes)
    }

    /// A 64-bit hash that is the same in every process.
    static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
        bytes.withUnsafeBytes { XXH3_64bits_withSeed($0.baseAddress, $0.count, seed) }
    }
}

/// Small bodies that decode to known or enormous ones.
public enum Compressed {
    /// "hello" as brotli: one uncompressed block (RFC 7932, 9.2).
    public static let brotliHello: [UInt8] = [0x0B, 0x02, 0x80, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x03]

    /// "hello" as zstd: one raw block (RFC 8878, 3.1.1).
    public static let zstdHello: [UInt8] = [
        0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x05, 0x29, 0x00, 0x00, 0x68, 0x65, 0x6C, 0x6C, 0x6F,
    ]

    /// "hello" as gzip: one stored block (RFC 1951, 3.2.4; RFC 1952).
    public static let gzipHello: [UInt8] = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x01, 0x05, 0x00, 0xFA, 0xFF, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x86, 0xA6,
        0x10, 0x36,
        5, 0, 0, 0,
    ]

    /// zstd that decodes to so many times 128 KiB of zeros: each block is one byte to be repeated.
    public static func zstdBomb(blocks: Int) -> [UInt8] {
        // Frame header: no single segment, a window of 128 KiB.
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
        let size = 131_072
        for block in 1...max(1, blocks) {
            let header = (block == blocks ? 1 : 0) | (1 << 1) | (size << 3)
            bytes += [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16 & 0xFF), 0x00]
        }
        return bytes
    }

    /// A gzip stream without end of zeros, as a head and a piece to be repeated.
    ///
    /// One deflate block with fixed codes: a literal zero, then matches of 258 bytes at distance 1. A match has 13 bits
    /// (8 for length code 285, 5 for distance code 0), so eight of them fill 13 bytes, which decode to 2,064 zeros.
    public static var endlessGzip: (head: [UInt8], piece: [UInt8]) {
        // Not the last block, fixed codes; literal 0 is the eight bits 00110000, sent from the highest.
        var bits: [UInt8] = [0, 1, 0]
        bits += [0, 0, 1, 1, 0, 0, 0, 0]
        let match: [UInt8] = [1, 1, 0, 0, 0, 1, 0, 1] + [0, 0, 0, 0, 0]
        // So many matches that the head ends on a byte's border.
        while bits.count % 8 != 0 { bits += match }
        let piece = (0..<8).flatMap { _ in match }
        return ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + packed(bits), packed(piece))
    }

    /// Deflate fills each byte from its lowest bit.
    private static func packed(_ bits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 | bits[start + $1] << UInt8($1) }
        }
    }
}

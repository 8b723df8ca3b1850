import CZlib

/// Compresses whole bodies for browsers in the gzip format (RFC 1952).
public enum Gzip {
    /// `bytes` in gzip format, or nil when zlib cannot (out of memory) or `bytes` is beyond what one call takes (4 GB).
    ///
    /// - Parameter level: 1 (fast) to 9 (small).
    public static func compress(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8]? {
        guard let length = UInt32(exactly: bytes.count) else { return nil }
        var stream = z_stream()
        // 15 is the largest window; 16 asks for gzip's header instead of zlib's.
        let opened = deflateInit2_(
            &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)
        )
        guard opened == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(length)))
        var finished = false
        let output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            bytes.withUnsafeBufferPointer { input in
                // Safety: zlib only reads through `next_in`, and both buffers outlive the one call of `deflate`.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = length
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(clamping: bound)
                finished = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = bound - Int(stream.avail_out)
        }
        return finished ? output : nil
    }
}

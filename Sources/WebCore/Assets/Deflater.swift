import CZlib

/// One gzip stream (RFC 1952): bytes go in piece by piece and come out compressed, in zlib's own time.
///
/// Its memory (256 kB at most) lives as long as it does. Not for two tasks at once.
final class Deflater {
    private static let pieceSize = 32_768

    /// zlib keeps a pointer back to this struct, so it must never move.
    ///
    /// Safety: made in `init`, ended and freed in `deinit`, and used by one thread at a time as a class that is not
    /// Sendable.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isBroken = false

    /// nil when there is no memory.
    ///
    /// - Parameter level: 1 (fast) to 9 (small).
    init?(level: Int32) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window; 16 asks for gzip's header instead of zlib's.
        let opened = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // The object is whole, so its end (which zlib takes for nothing when nothing was opened) comes even when this
        // gives up.
        guard opened == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// What is ready after `bytes`; with `isLast`, everything that is left. nil when zlib cannot go on.
    func compress(_ bytes: some Collection<UInt8>, isLast: Bool) -> [UInt8]? {
        guard !isBroken else { return nil }
        let done = bytes.withContiguousStorageIfAvailable { run($0, isLast: isLast) }
        return done ?? Array(bytes).withUnsafeBufferPointer { run($0, isLast: isLast) }
    }

    private func run(_ input: UnsafeBufferPointer<UInt8>, isLast: Bool) -> [UInt8]? {
        guard let length = UInt32(exactly: input.count) else { return nil }
        // Safety: zlib only reads through `next_in`, and not after this call, when `avail_in` is 0.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = length
        var output: [UInt8] = []
        var isReady = false
        while !isReady {
            let before = output.count
            let bound = before == 0 ? max(Self.pieceSize, input.count / 4) : Self.pieceSize
            var status = Z_OK
            let piece = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                // Safety: zlib writes at most `avail_out` bytes, all of them inside `buffer`, and only during this
                // call.
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(clamping: bound)
                status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                count = bound - Int(stream.pointee.avail_out)
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                isBroken = true
                return nil
            }
            output += piece
            isReady = isLast ? status == Z_STREAM_END : stream.pointee.avail_in == 0 && stream.pointee.avail_out > 0
        }
        return output
    }
}

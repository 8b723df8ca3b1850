import CZlib
import NIOCore

/// Compresses and decompresses whole messages by zlib.
enum Zlib {
    /// What surrounds the compressed data (zlib.h, deflateInit2).
    enum Container: Equatable {
        case gzip
        case zlib
        /// Bare, with a window of two to the power of this many bytes.
        case raw(windowBits: Int32)

        fileprivate var windowBits: Int32 {
            switch self {
            case .gzip: 15 + 16
            case .zlib: 15
            case .raw(let bits): -bits
            }
        }
    }

    /// Compresses `bytes`, ended by a flush marker instead of the end when `endsWithFlush`; nil when zlib cannot.
    static func deflated(_ bytes: ByteBufferView, _ container: Container, endsWithFlush: Bool = false) -> ByteBuffer? {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, 5, Z_DEFLATED, container.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count))) + 16
        var result = ByteBufferAllocator().buffer(capacity: bound)
        let status = bytes.withUnsafeBytes { input in
            result.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { output in
                // Safety: zlib only reads through `next_in`; both buffers outlive this one call, which is the only one.
                stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(output.count)
                _ = deflate(&stream, endsWithFlush ? Z_SYNC_FLUSH : Z_FINISH)
                return output.count - Int(stream.avail_out)
            }
        }
        return status > 0 && stream.avail_in == 0 && stream.avail_out > 0 ? result : nil
    }

    /// Why a compressed message cannot be read.
    enum Failure: Error {
        case malformed
        case tooLarge
    }

    /// Decompresses one bare message, which must not become more than `limit` bytes.
    ///
    /// The result grows as it is written, so that a small message that claims to be huge costs no more than the limit.
    static func inflated(_ bytes: ByteBufferView, limit: Int) throws(Failure) -> ByteBuffer {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .malformed
        }
        defer { inflateEnd(&stream) }
        var result = ByteBufferAllocator().buffer(capacity: min(max(bytes.count * 4, 256), limit + 1))
        let failure: Failure? = bytes.withUnsafeBytes { input in
            // Safety: zlib only reads through `next_in`, and not after this closure, whose buffer it is.
            stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(input.count)
            while true {
                var status = Z_OK
                result.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { output in
                    // Safety: zlib writes at most `avail_out` bytes, all inside `output`, during this call only.
                    stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
                    stream.avail_out = UInt32(output.count)
                    status = inflate(&stream, Z_SYNC_FLUSH)
                    return output.count - Int(stream.avail_out)
                }
                guard result.readableBytes <= limit else { return .tooLarge }
                switch status {
                case Z_STREAM_END: return nil
                case Z_OK where stream.avail_in == 0 && stream.avail_out > 0: return nil
                case Z_BUF_ERROR where stream.avail_in == 0: return nil
                case Z_OK: continue
                default: return .malformed
                }
            }
        }
        if let failure { throw failure }
        return result
    }
}

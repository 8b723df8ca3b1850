import NIOCore

extension ByteBuffer {
    /// Whether the readable bytes are well-formed UTF-8.
    var isUTF8: Bool {
        withUnsafeReadableBytes { bytes in
            let span = bytes.bindMemory(to: UInt8.self).span
            return (try? UTF8Span(validating: span)) != nil
        }
    }
}

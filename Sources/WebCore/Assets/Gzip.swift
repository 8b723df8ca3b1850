/// Compresses whole bodies for browsers.
public enum Gzip {
    /// `bytes` in gzip format (RFC 1952), or nil when zlib cannot (out of memory) or they are beyond 4 GB.
    ///
    /// - Parameter level: 1 (fast) to 9 (small).
    public static func compress(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8]? {
        Deflater(level: level)?.compress(bytes, isLast: true)
    }
}

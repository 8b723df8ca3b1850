public import Foundation

extension UUID {
    /// A random UUID (version 4, RFC 9562, 5.4) from the system's generator, which needs no descriptor: getrandom(2).
    ///
    /// Everything of ours that is named by chance is named here. `UUID()` of Foundation opens /dev/urandom each time
    /// and without a descriptor left makes the same one for everybody.
    public static func random() -> UUID {
        var generator = SystemRandomNumberGenerator()
        var words: (UInt64, UInt64) = (generator.next(), generator.next())
        // Safety: two words are sixteen bytes without padding, and so is a `uuid_t`.
        var bytes = withUnsafeBytes(of: &words) { $0.loadUnaligned(as: uuid_t.self) }
        bytes.6 = bytes.6 & 0x0F | 0x40
        bytes.8 = bytes.8 & 0x3F | 0x80
        return UUID(uuid: bytes)
    }
}

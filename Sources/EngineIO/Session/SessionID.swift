/// Names one Engine.IO session; a secret between the client and the server.
///
/// Twenty characters of the URL-safe base64 alphabet from the system's random source, 120 bits in all, so that it can
/// neither be guessed nor collide.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Makes a new random identifier.
    public init() {
        var generator = SystemRandomNumberGenerator()
        description = Self.random(from: &generator)
    }

    /// Takes an identifier as a client sent it; it need not name anything.
    public init(_ text: some StringProtocol) {
        description = String(text)
    }

    /// Twenty random characters; also used for identifiers of other kinds that must look alike.
    public static func random(from generator: inout some RandomNumberGenerator) -> String {
        var low = UInt64.random(in: 0 ... .max, using: &generator)
        var high = UInt64.random(in: 0 ... .max, using: &generator)
        // Safety: all 20 bytes are written, each one of ASCII.
        return String(unsafeUninitializedCapacity: 20) { bytes in
            for index in 0..<20 {
                if index < 10 {
                    bytes[index] = alphabet[Int(low & 63)]
                    low >>= 6
                } else {
                    bytes[index] = alphabet[Int(high & 63)]
                    high >>= 6
                }
            }
            return 20
        }
    }
}

/// How many bytes two texts share at their beginning and, beyond that, at their end.
struct SharedEnds: Equatable {
    /// No zstd frame begins with it (RFC 8878 section 3.1.1), so a delta tells by its first byte whether it has ends.
    private static let mark: UInt8 = 0

    let before: Int
    let after: Int

    init(of text: [UInt8], and other: [UInt8]) {
        // Safety: `sharedCount` asks only for places in front of `shorter`, for eight bytes only where eight are
        // left.
        (before, after) = text.withUnsafeBytes { text in
            other.withUnsafeBytes { other in
                let shorter = min(text.count, other.count)
                let before = Self.sharedCount(shorter) {
                    text[$0] == other[$0]
                } eight: {
                    text.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
                        == other.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
                }
                let after = Self.sharedCount(shorter - before) {
                    text[text.count - 1 - $0] == other[other.count - 1 - $0]
                } eight: {
                    text.loadUnaligned(fromByteOffset: text.count - 8 - $0, as: UInt64.self)
                        == other.loadUnaligned(fromByteOffset: other.count - 8 - $0, as: UInt64.self)
                }
                return (before, after)
            }
        }
    }

    private init(before: Int, after: Int) {
        self.before = before
        self.after = after
    }

    /// Counts from 0 while the bytes at a place are the same, eight at once while that goes.
    @inline(__always)
    private static func sharedCount(_ most: Int, _ one: (Int) -> Bool, eight: (Int) -> Bool) -> Int {
        var count = 0
        while count + 8 <= most, eight(count) { count += 8 }
        while count < most, one(count) { count += 1 }
        return count
    }

    func middle(of text: [UInt8]) -> ArraySlice<UInt8> { text[before..<text.count - after] }

    /// The mark, then both counts as little-endian numbers in base 128 (LEB128).
    var encoded: [UInt8] {
        var bytes = [Self.mark]
        for count in [before, after] {
            var rest = count
            while rest >= 0x80 {
                bytes.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        return bytes
    }

    /// The ends that a delta begins with, and what follows; nil when it has none or they are no numbers of 28 bits.
    static func decoded(_ delta: ArraySlice<UInt8>) -> (ends: SharedEnds, rest: ArraySlice<UInt8>)? {
        guard delta.first == mark else { return nil }
        var rest = delta.dropFirst()
        guard let before = number(&rest), let after = number(&rest) else { return nil }
        return (SharedEnds(before: before, after: after), rest)
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        var number = 0
        for shift in stride(from: 0, to: 28, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            number |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }
}

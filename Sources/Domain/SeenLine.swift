/// Names lines by numbers, so that it can be kept which lines a watch has ever shown without keeping the lines.
public enum SeenLine {
    /// The numbers of a text's different lines: in lower case, with the white space around them left out, or with all
    /// of it.
    ///
    /// FNV-1a with 64 bits (Fowler, Noll, Vo), since it must be the same in every process and version.
    public static func numbers(in text: [UInt8], ignoresWhitespace: Bool) -> [Int64] {
        var seen = Set<Int64>()
        var numbers: [Int64] = []
        for line in text.split(separator: 0x0A) {
            let folded = Array(String(decoding: line, as: UTF8.self).lowercased().utf8)
            let key = ignoresWhitespace ? folded.filter { !isSpace($0) } : trimmed(folded)
            guard !key.isEmpty else { continue }
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            let number = Int64(bitPattern: hash)
            if seen.insert(number).inserted { numbers.append(number) }
        }
        return numbers
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    private static func trimmed(_ line: [UInt8]) -> [UInt8] {
        guard let first = line.firstIndex(where: { !isSpace($0) }), let last = line.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return Array(line[first...last])
    }
}

/// Small operations on texts as bytes with `\n` between lines.
enum Lines {
    static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: ByteClass.newline, omittingEmptySubsequences: false)
    }

    static func joined(_ lines: [ArraySlice<UInt8>]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(lines.reduce(0) { $0 + $1.count + 1 })
        for (index, line) in lines.enumerated() {
            if index > 0 { text.append(ByteClass.newline) }
            text.append(contentsOf: line)
        }
        return text
    }

    static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line.drop(while: ByteClass.isSpace)
        while let last = line.last, ByteClass.isSpace(last) { line.removeLast() }
        return line
    }

    static func isBlank(_ text: [UInt8]) -> Bool { text.allSatisfy(ByteClass.isSpace) }

    /// A key that is the same for lines that differ in case only.
    static func folded(_ line: ArraySlice<UInt8>) -> [UInt8] {
        if line.allSatisfy({ $0 < 0x80 }) { return line.map(ByteClass.lower) }
        return Array(String(decoding: line, as: UTF8.self).lowercased().utf8)
    }

    /// Plain text with `\n` for every kind of line end and without NUL bytes.
    static func normalized(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(where: { $0 == ByteClass.carriageReturn || $0 == 0 }) else { return Array(text) }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var isAfterReturn = false
        for byte in text {
            switch byte {
            case 0: continue
            case ByteClass.carriageReturn: result.append(ByteClass.newline)
            case ByteClass.newline where isAfterReturn: break
            default: result.append(byte)
            }
            isAfterReturn = byte == ByteClass.carriageReturn
        }
        return result
    }

    /// The text without carriage returns, line feeds, tabs and spaces.
    static func withoutWhitespace(_ text: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: text.count) { room, count in
            text.withUnsafeBufferPointer { text in
                counted.withUnsafeBufferPointer { counted in
                    guard let from = text.baseAddress, let to = room.baseAddress, let counts = counted.baseAddress
                    else { return }
                    // Safety: the room is as long as the text and the place never passes the byte that is read; the table has
                    // 256 places. Every byte is written and the place moves on only for those that count, so that there is no
                    // branch to guess.
                    var place = 0
                    for index in 0..<text.count {
                        let byte = from[index]
                        to[place] = byte
                        place &+= Int(counts[Int(byte)])
                    }
                    count = place
                }
            }
        }
    }

    /// 0 for the white space that the comparison may leave out, 1 for every other byte.
    private static let counted: [UInt8] = (0..<256).map { [0x20, 0x0A, 0x0D, 0x09].contains($0) ? 0 : 1 }
}

import Differences

/// What detection asks of lines beyond what a difference does: white space of any script, line ends, NUL bytes.
extension Lines {
    /// Without the white space of any script at its ends: what nobody sees there is no difference to a person.
    static func stripped(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while let first = line.first, let length = spaceLength(first, line) { line = line.dropFirst(length) }
        while let last = line.last {
            if ByteClass.isSpace(last) {
                line.removeLast()
            } else if last >= 0x80, let wide = wideSpaces.first(where: { line.suffix($0.count).elementsEqual($0) }) {
                line.removeLast(wide.count)
            } else {
                break
            }
        }
        return line
    }

    /// Whether there is nothing but white space of any script.
    static func isBlank(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        while let first = rest.first {
            guard let length = spaceLength(first, rest) else { return false }
            rest = rest.dropFirst(length)
        }
        return true
    }

    /// How many bytes the white space takes that `text` begins with; nil when it begins with none.
    private static func spaceLength(_ first: UInt8, _ text: ArraySlice<UInt8>) -> Int? {
        if ByteClass.isSpace(first) { return 1 }
        guard first >= 0x80 else { return nil }
        return wideSpaces.first { text.starts(with: $0) }?.count
    }

    /// The white space beyond ASCII (Unicode's property White_Space), in UTF-8.
    private static let wideSpaces: [[UInt8]] = Unicode.Scalar.wideSpaces.map { Array(String($0).utf8) }

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
                    // Safety: the room is as long as the text and the place never passes the byte that is read; the
                    // table has 256 places. Every byte is written and the place moves on only for those that count, so
                    // that there is no branch to guess.
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

extension Unicode.Scalar {
    fileprivate static let wideSpaces = (0x80...0x3000).compactMap(Unicode.Scalar.init).filter(
        \.properties.isWhitespace)
}

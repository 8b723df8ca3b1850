/// Lays JSON out with sorted keys, two spaces of indentation and one value per line, so that a difference is a line.
///
/// Numbers keep their spelling and text its characters; of equal keys the last one counts. Bytes to bytes, nested 512
/// deep at most.
struct JSONLayout {
    private static let depthLimit = 512
    private let source: [UInt8]
    private var at = 0

    /// The same JSON laid out, or nil when it is not JSON.
    static func pretty(_ source: [UInt8]) -> [UInt8]? {
        var layout = JSONLayout(source: source)
        var out: [UInt8] = []
        out.reserveCapacity(source.count * 2)
        layout.skipSpace()
        guard layout.value(depth: 0, into: &out) else { return nil }
        layout.skipSpace()
        return layout.at == source.count ? out : nil
    }

    private init(source: [UInt8]) { self.source = source }

    private var byte: UInt8? { at < source.count ? source[at] : nil }

    private mutating func skipSpace() {
        while let byte, ByteClass.isSpace(byte) { at += 1 }
    }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: wanted) else { return false }
        at += 1
        return true
    }

    private static func newLine(_ depth: Int, into out: inout [UInt8]) {
        out.append(ByteClass.newline)
        out.append(contentsOf: repeatElement(ByteClass.space, count: depth * 2))
    }

    private mutating func value(depth: Int, into out: inout [UInt8]) -> Bool {
        guard depth < Self.depthLimit, let first = byte else { return false }
        switch first {
        case UInt8(ascii: "{"): return object(depth: depth, into: &out)
        case UInt8(ascii: "["): return array(depth: depth, into: &out)
        case UInt8(ascii: "\""):
            guard let text = string() else { return false }
            Self.quote(text, into: &out)
            return true
        case UInt8(ascii: "t"): return word("true", into: &out)
        case UInt8(ascii: "f"): return word("false", into: &out)
        case UInt8(ascii: "n"): return word("null", into: &out)
        default: return number(into: &out)
        }
    }

    private mutating func word(_ word: String, into out: inout [UInt8]) -> Bool {
        guard source[at...].starts(with: word.utf8) else { return false }
        at += word.utf8.count
        out.append(contentsOf: word.utf8)
        return true
    }

    private mutating func number(into out: inout [UInt8]) -> Bool {
        let start = at
        _ = take("-")
        guard digits() else { return false }
        if take("."), !digits() { return false }
        if let byte, byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if !take("+") { _ = take("-") }
            guard digits() else { return false }
        }
        out.append(contentsOf: source[start..<at])
        return true
    }

    private mutating func digits() -> Bool {
        let start = at
        while let byte, ByteClass.isDigit(byte) { at += 1 }
        return at > start
    }

    private mutating func array(depth: Int, into out: inout [UInt8]) -> Bool {
        at += 1
        skipSpace()
        if take("]") {
            out.append(contentsOf: "[]".utf8)
            return true
        }
        out.append(UInt8(ascii: "["))
        repeat {
            skipSpace()
            Self.newLine(depth + 1, into: &out)
            guard value(depth: depth + 1, into: &out) else { return false }
            skipSpace()
            if byte == UInt8(ascii: ",") { out.append(UInt8(ascii: ",")) }
        } while take(",")
        Self.newLine(depth, into: &out)
        out.append(UInt8(ascii: "]"))
        return take("]")
    }

    private mutating func object(depth: Int, into out: inout [UInt8]) -> Bool {
        at += 1
        skipSpace()
        if take("}") {
            out.append(contentsOf: "{}".utf8)
            return true
        }
        var members: [(key: [UInt8], value: [UInt8])] = []
        repeat {
            skipSpace()
            guard let key = string() else { return false }
            skipSpace()
            guard take(":") else { return false }
            skipSpace()
            var text: [UInt8] = []
            guard value(depth: depth + 1, into: &text) else { return false }
            members.append((key, text))
            skipSpace()
        } while take(",")
        guard take("}") else { return false }
        out.append(UInt8(ascii: "{"))
        let sorted = Self.sortedUnique(members)
        for (index, member) in sorted.enumerated() {
            Self.newLine(depth + 1, into: &out)
            Self.quote(member.key, into: &out)
            out.append(contentsOf: ": ".utf8)
            out.append(contentsOf: member.value)
            if index + 1 < sorted.count { out.append(UInt8(ascii: ",")) }
        }
        Self.newLine(depth, into: &out)
        out.append(UInt8(ascii: "}"))
        return true
    }

    /// In the order of their keys' code points, which is that of their UTF-8; of equal keys the last one.
    private static func sortedUnique(_ members: [(key: [UInt8], value: [UInt8])]) -> [(key: [UInt8], value: [UInt8])] {
        let order = members.indices.sorted { one, other in
            if members[one].key == members[other].key { return one < other }
            return members[one].key.lexicographicallyPrecedes(members[other].key)
        }
        var result: [(key: [UInt8], value: [UInt8])] = []
        for index in order {
            if result.last?.key == members[index].key { result.removeLast() }
            result.append(members[index])
        }
        return result
    }

    // MARK: Strings

    /// The string at the current quote with its escapes read, or nil when it is not one.
    private mutating func string() -> [UInt8]? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte {
            at += 1
            if byte == UInt8(ascii: "\"") { return text }
            guard byte >= 0x20 else { return nil }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard escape(into: &text) else { return nil }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let letter = byte else { return false }
        at += 1
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "u"):
            guard var point = fourDigits() else { return false }
            if point >= 0xD800, point < 0xDC00, source[at...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
                let before = at
                at += 2
                if let low = fourDigits(), low >= 0xDC00, low < 0xE000 {
                    point = 0x10000 + (point - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    at = before
                }
            }
            CharacterReference.append(Unicode.Scalar(point) == nil ? 0xFFFD : point, to: &text)
        default: return false
        }
        return true
    }

    private mutating func fourDigits() -> UInt32? {
        guard source.count - at >= 4, source[at..<(at + 4)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: source[at..<(at + 4)], as: UTF8.self), radix: 16)
        else { return nil }
        at += 4
        return value
    }

    private static func quote(_ text: [UInt8], into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0A: out.append(contentsOf: "\\n".utf8)
            case 0x0D: out.append(contentsOf: "\\r".utf8)
            case 0x09: out.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                out.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

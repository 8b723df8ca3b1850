import Domain

/// Lays JSON out with sorted keys, two spaces of indentation and one value per line, so that a difference is a line.
///
/// Numbers keep their spelling and text its characters; of equal keys the last one counts. Bytes to bytes, nested 512
/// deep at most. It reads twice: first to learn whether this is JSON and where the members of its objects are, then to
/// write; so nothing is copied once per level, and the time is that of source and output.
struct JSONLayout {
    static let depthLimit = 512
    /// Deeper values are not moved further to the right: 500 levels of spaces in front of each number help nobody.
    private static let indentLimit = 32
    private let source: [UInt8]
    private var at = 0

    /// A member of an object, as places in the source.
    private struct Member {
        let key: Int32
        let value: Int32
    }

    /// An object that has members: where it is, and which members are its.
    private struct Object {
        let start: Int32
        var end: Int32 = 0
        var members: Range<Int32> = 0..<0
    }

    /// Each object's members in the order of their keys, one object after the other.
    private var members: [Member] = []
    /// In the order in which they begin.
    private var objects: [Object] = []

    /// Whether these bytes are JSON.
    static func isJSON(_ source: [UInt8]) -> Bool {
        var layout = JSONLayout(source: source)
        return layout.isWhole()
    }

    /// The same JSON laid out, or nil when it is not JSON; fails when it takes more than four times its size and 1 MB.
    static func pretty(_ source: [UInt8]) throws(CheckFailure) -> [UInt8]? {
        var layout = JSONLayout(source: source)
        guard layout.isWhole() else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(source.count * 2)
        layout.at = 0
        layout.skipSpace()
        try layout.write(depth: 0, into: &out)
        return out
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

    // MARK: Reading

    private mutating func isWhole() -> Bool {
        skipSpace()
        guard value(depth: 0) else { return false }
        skipSpace()
        return at == source.count
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.depthLimit, let first = byte else { return false }
        switch first {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string() != nil
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    private mutating func word(_ word: String) -> Bool {
        guard source[at...].starts(with: word.utf8) else { return false }
        at += word.utf8.count
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        guard digits() else { return false }
        if take("."), !digits() { return false }
        if let byte, byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if !take("+") { _ = take("-") }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = at
        while let byte, ByteClass.isDigit(byte) { at += 1 }
        return at > start
    }

    private mutating func array(depth: Int) -> Bool {
        at += 1
        skipSpace()
        if take("]") { return true }
        repeat {
            skipSpace()
            guard value(depth: depth + 1) else { return false }
            skipSpace()
        } while take(",")
        return take("]")
    }

    private mutating func object(depth: Int) -> Bool {
        let start = Int32(truncatingIfNeeded: at)
        at += 1
        skipSpace()
        if take("}") { return true }
        let own = objects.count
        objects.append(Object(start: start))
        var found: [(key: [UInt8], place: Member)] = []
        repeat {
            skipSpace()
            let keyPlace = Int32(truncatingIfNeeded: at)
            guard let key = string() else { return false }
            skipSpace()
            guard take(":") else { return false }
            skipSpace()
            found.append((key, Member(key: keyPlace, value: Int32(truncatingIfNeeded: at))))
            guard value(depth: depth + 1) else { return false }
            skipSpace()
        } while take(",")
        guard take("}") else { return false }
        let first = Int32(truncatingIfNeeded: members.count)
        members += Self.sortedUnique(found)
        objects[own].end = Int32(truncatingIfNeeded: at)
        objects[own].members = first..<Int32(truncatingIfNeeded: members.count)
        return true
    }

    /// In the order of their keys' code points, which is that of their UTF-8; of equal keys the last one.
    private static func sortedUnique(_ found: [(key: [UInt8], place: Member)]) -> [Member] {
        let order = found.indices.sorted { one, other in
            if found[one].key == found[other].key { return one < other }
            return found[one].key.lexicographicallyPrecedes(found[other].key)
        }
        return order.indices.compactMap { index in
            let isReplaced = index + 1 < order.count && found[order[index]].key == found[order[index + 1]].key
            return isReplaced ? nil : found[order[index]].place
        }
    }

    // MARK: Writing

    private func newLine(_ depth: Int, into out: inout [UInt8]) throws(CheckFailure) {
        guard out.count <= source.count * 4 + 1_000_000 else {
            throw CheckFailure(.tooComplex, "its JSON is nested so deep that laid out it is many times as long")
        }
        out.append(ByteClass.newline)
        out.append(contentsOf: repeatElement(ByteClass.space, count: min(depth, Self.indentLimit) * 2))
    }

    /// Writes the value here, which has been read before and is known to be good.
    private mutating func write(depth: Int, into out: inout [UInt8]) throws(CheckFailure) {
        switch byte {
        case UInt8(ascii: "{"): try writeObject(depth: depth, into: &out)
        case UInt8(ascii: "["): try writeArray(depth: depth, into: &out)
        case UInt8(ascii: "\""): Self.quote(string() ?? [], into: &out)
        default:
            let start = at
            _ = value(depth: depth)
            out.append(contentsOf: source[start..<at])
        }
    }

    private mutating func writeArray(depth: Int, into out: inout [UInt8]) throws(CheckFailure) {
        at += 1
        out.append(UInt8(ascii: "["))
        skipSpace()
        if !take("]") {
            repeat {
                skipSpace()
                try newLine(depth + 1, into: &out)
                try write(depth: depth + 1, into: &out)
                skipSpace()
                if byte == UInt8(ascii: ",") { out.append(UInt8(ascii: ",")) }
            } while take(",")
            at += 1
            try newLine(depth, into: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    /// The object that begins here; nil when it has no members.
    private var objectHere: Object? {
        var low = 0, high = objects.count
        while low < high {
            let middle = (low + high) / 2
            if objects[middle].start < at { low = middle + 1 } else { high = middle }
        }
        return low < objects.count && objects[low].start == at ? objects[low] : nil
    }

    private mutating func writeObject(depth: Int, into out: inout [UInt8]) throws(CheckFailure) {
        out.append(UInt8(ascii: "{"))
        if let object = objectHere {
            for index in object.members {
                let member = members[Int(index)]
                try newLine(depth + 1, into: &out)
                at = Int(member.key)
                Self.quote(string() ?? [], into: &out)
                out.append(contentsOf: ": ".utf8)
                at = Int(member.value)
                try write(depth: depth + 1, into: &out)
                if index + 1 < object.members.upperBound { out.append(UInt8(ascii: ",")) }
            }
            at = Int(object.end)
            try newLine(depth, into: &out)
        } else {
            at += 1
            skipSpace()
            at += 1
        }
        out.append(UInt8(ascii: "}"))
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

/// Lays JSON out with sorted keys, two spaces of indentation and one value per line, so that a difference is a line.
///
/// Numbers keep their spelling and text its characters; of equal keys the last one counts. Bytes to bytes, nested 512
/// deep at most.
struct JSONLayout {
    static let depthLimit = 512
    private var scanner: JSONScanner

    /// The same JSON laid out, or nil when it is not JSON.
    static func pretty(_ source: [UInt8]) -> [UInt8]? {
        var layout = JSONLayout(scanner: JSONScanner(source))
        var out: [UInt8] = []
        out.reserveCapacity(source.count * 2)
        layout.scanner.skipSpace()
        guard layout.value(depth: 0, into: &out) else { return nil }
        layout.scanner.skipSpace()
        return layout.scanner.isAtEnd ? out : nil
    }

    private static func newLine(_ depth: Int, into out: inout [UInt8]) {
        out.append(ByteClass.newline)
        out.append(contentsOf: repeatElement(ByteClass.space, count: depth * 2))
    }

    private mutating func value(depth: Int, into out: inout [UInt8]) -> Bool {
        guard depth < Self.depthLimit, let first = scanner.byte else { return false }
        switch first {
        case UInt8(ascii: "{"): return object(depth: depth, into: &out)
        case UInt8(ascii: "["): return array(depth: depth, into: &out)
        case UInt8(ascii: "\""):
            guard let text = scanner.string() else { return false }
            JSONText.quote(text, into: &out)
            return true
        case UInt8(ascii: "t"): return scanner.word("true").map { out += $0 } != nil
        case UInt8(ascii: "f"): return scanner.word("false").map { out += $0 } != nil
        case UInt8(ascii: "n"): return scanner.word("null").map { out += $0 } != nil
        default: return scanner.number().map { out += $0 } != nil
        }
    }

    private mutating func array(depth: Int, into out: inout [UInt8]) -> Bool {
        scanner.advance()
        scanner.skipSpace()
        if scanner.take("]") {
            out.append(contentsOf: "[]".utf8)
            return true
        }
        out.append(UInt8(ascii: "["))
        repeat {
            scanner.skipSpace()
            Self.newLine(depth + 1, into: &out)
            guard value(depth: depth + 1, into: &out) else { return false }
            scanner.skipSpace()
            if scanner.byte == UInt8(ascii: ",") { out.append(UInt8(ascii: ",")) }
        } while scanner.take(",")
        Self.newLine(depth, into: &out)
        out.append(UInt8(ascii: "]"))
        return scanner.take("]")
    }

    private mutating func object(depth: Int, into out: inout [UInt8]) -> Bool {
        scanner.advance()
        scanner.skipSpace()
        if scanner.take("}") {
            out.append(contentsOf: "{}".utf8)
            return true
        }
        var members: [(key: [UInt8], value: [UInt8])] = []
        repeat {
            scanner.skipSpace()
            guard let key = scanner.string() else { return false }
            scanner.skipSpace()
            guard scanner.take(":") else { return false }
            scanner.skipSpace()
            var text: [UInt8] = []
            guard value(depth: depth + 1, into: &text) else { return false }
            members.append((key, text))
            scanner.skipSpace()
        } while scanner.take(",")
        guard scanner.take("}") else { return false }
        out.append(UInt8(ascii: "{"))
        let sorted = Self.sortedUnique(members)
        for (index, member) in sorted.enumerated() {
            Self.newLine(depth + 1, into: &out)
            JSONText.quote(member.key, into: &out)
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
}

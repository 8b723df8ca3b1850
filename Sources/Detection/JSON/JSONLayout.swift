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
    private var scanner: JSONCursor

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
        layout.scanner.skipSpace()
        try layout.write(depth: 0, into: &out)
        return out
    }

    private init(source: [UInt8]) { scanner = JSONCursor(source) }

    private var source: [UInt8] { scanner.source }

    private var at: Int {
        get { scanner.at }
        set { scanner.at = newValue }
    }

    // MARK: Reading

    private mutating func isWhole() -> Bool {
        scanner.skipSpace()
        guard value(depth: 0) else { return false }
        scanner.skipSpace()
        return at == source.count
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.depthLimit, let first = scanner.byte else { return false }
        switch first {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return scanner.string() != nil
        case UInt8(ascii: "t"): return scanner.word("true") != nil
        case UInt8(ascii: "f"): return scanner.word("false") != nil
        case UInt8(ascii: "n"): return scanner.word("null") != nil
        default: return scanner.number() != nil
        }
    }

    private mutating func array(depth: Int) -> Bool {
        at += 1
        scanner.skipSpace()
        if scanner.take("]") { return true }
        repeat {
            scanner.skipSpace()
            guard value(depth: depth + 1) else { return false }
            scanner.skipSpace()
        } while scanner.take(",")
        return scanner.take("]")
    }

    private mutating func object(depth: Int) -> Bool {
        let start = Int32(truncatingIfNeeded: at)
        at += 1
        scanner.skipSpace()
        if scanner.take("}") { return true }
        let own = objects.count
        objects.append(Object(start: start))
        var found: [(key: [UInt8], place: Member)] = []
        repeat {
            scanner.skipSpace()
            let keyPlace = Int32(truncatingIfNeeded: at)
            guard let key = scanner.string() else { return false }
            scanner.skipSpace()
            guard scanner.take(":") else { return false }
            scanner.skipSpace()
            found.append((key, Member(key: keyPlace, value: Int32(truncatingIfNeeded: at))))
            guard value(depth: depth + 1) else { return false }
            scanner.skipSpace()
        } while scanner.take(",")
        guard scanner.take("}") else { return false }
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
        switch scanner.byte {
        case UInt8(ascii: "{"): try writeObject(depth: depth, into: &out)
        case UInt8(ascii: "["): try writeArray(depth: depth, into: &out)
        case UInt8(ascii: "\""): JSONString.quote(scanner.string() ?? [], into: &out)
        default:
            let start = at
            _ = value(depth: depth)
            out.append(contentsOf: source[start..<at])
        }
    }

    private mutating func writeArray(depth: Int, into out: inout [UInt8]) throws(CheckFailure) {
        at += 1
        out.append(UInt8(ascii: "["))
        scanner.skipSpace()
        if !scanner.take("]") {
            repeat {
                scanner.skipSpace()
                try newLine(depth + 1, into: &out)
                try write(depth: depth + 1, into: &out)
                scanner.skipSpace()
                if scanner.byte == UInt8(ascii: ",") { out.append(UInt8(ascii: ",")) }
            } while scanner.take(",")
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
                JSONString.quote(scanner.string() ?? [], into: &out)
                out.append(contentsOf: ": ".utf8)
                at = Int(member.value)
                try write(depth: depth + 1, into: &out)
                if index + 1 < object.members.upperBound { out.append(UInt8(ascii: ",")) }
            }
            at = Int(object.end)
            try newLine(depth, into: &out)
        } else {
            at += 1
            scanner.skipSpace()
            at += 1
        }
        out.append(UInt8(ascii: "}"))
    }
}

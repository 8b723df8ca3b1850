import Domain

/// JSON in memory, each value with its place: what JSONPath walks through.
///
/// Numbers keep their spelling, objects the order of their members; of equal keys the last value counts, in the place
/// of the first, as most readers of JSON have it. Nested 512 deep at most.
struct JSONTree {
    enum Value: Sendable {
        case null
        case bool(Bool)
        case number([UInt8])
        case string([UInt8])
        case array([Int])
        case object([Member])
    }

    struct Member: Sendable {
        let key: [UInt8]
        var node: Int
    }

    struct Node {
        var value: Value
        /// -1 for the root, and for values that a query made.
        let parent: Int
    }

    private(set) var nodes: [Node] = []
    /// Of the members of all objects; each takes as much room as a value.
    private var keyCount = 0
    private var isTooLarge = false

    /// Reads `source` whole; nil when it is not JSON. Throws when it has more keys and values than allowed.
    init?(_ source: [UInt8], _ limits: DetectionLimits) throws(CheckFailure) {
        var scanner = JSONCursor(source)
        scanner.skipSpace()
        guard add(&scanner, parent: -1, depth: 0, limits.treeNodes) != nil else {
            if isTooLarge { throw limits.tooManyNodes }
            return nil
        }
        scanner.skipSpace()
        guard scanner.isAtEnd else { return nil }
    }

    subscript(_ node: Int) -> Value { nodes[node].value }

    func parent(of node: Int) -> Int? { nodes[node].parent < 0 ? nil : nodes[node].parent }

    /// Adds a value that stands nowhere in the source.
    mutating func add(_ value: Value) -> Int {
        nodes.append(Node(value: value, parent: -1))
        return nodes.count - 1
    }

    /// The values directly inside of a value, in order.
    func children(of node: Int) -> [Int] {
        switch nodes[node].value {
        case .array(let items): items
        case .object(let members): members.map(\.node)
        default: []
        }
    }

    func member(_ key: [UInt8], of node: Int) -> Int? {
        guard case .object(let members) = nodes[node].value else { return nil }
        return members.first { $0.key == key }?.node
    }

    private mutating func add(_ scanner: inout JSONCursor, parent: Int, depth: Int, _ limit: Int) -> Int? {
        guard depth < JSONLayout.depthLimit, let first = scanner.byte else { return nil }
        guard nodes.count + keyCount < limit else {
            isTooLarge = true
            return nil
        }
        let node = nodes.count
        nodes.append(Node(value: .null, parent: parent))
        let value: Value?
        switch first {
        case UInt8(ascii: "{"): value = object(&scanner, node, depth, limit)
        case UInt8(ascii: "["): value = array(&scanner, node, depth, limit)
        case UInt8(ascii: "\""): value = scanner.string().map { .string($0) }
        case UInt8(ascii: "t"): value = scanner.word("true").map { _ in .bool(true) }
        case UInt8(ascii: "f"): value = scanner.word("false").map { _ in .bool(false) }
        case UInt8(ascii: "n"): value = scanner.word("null").map { _ in .null }
        default: value = scanner.number().map { .number(Array($0)) }
        }
        guard let value else { return nil }
        nodes[node].value = value
        return node
    }

    private mutating func array(_ scanner: inout JSONCursor, _ node: Int, _ depth: Int, _ limit: Int) -> Value? {
        scanner.advance()
        scanner.skipSpace()
        if scanner.take("]") { return .array([]) }
        var items: [Int] = []
        repeat {
            scanner.skipSpace()
            guard let item = add(&scanner, parent: node, depth: depth + 1, limit) else { return nil }
            items.append(item)
            scanner.skipSpace()
        } while scanner.take(",")
        return scanner.take("]") ? .array(items) : nil
    }

    private mutating func object(_ scanner: inout JSONCursor, _ node: Int, _ depth: Int, _ limit: Int) -> Value? {
        scanner.advance()
        scanner.skipSpace()
        if scanner.take("}") { return .object([]) }
        var members: [Member] = []
        var places: [[UInt8]: Int] = [:]
        repeat {
            scanner.skipSpace()
            guard let key = scanner.string() else { return nil }
            scanner.skipSpace()
            guard scanner.take(":") else { return nil }
            scanner.skipSpace()
            guard let value = add(&scanner, parent: node, depth: depth + 1, limit) else { return nil }
            if let place = places[key] {
                members[place].node = value
            } else {
                places[key] = members.count
                keyCount += 1
                members.append(Member(key: key, node: value))
            }
            scanner.skipSpace()
        } while scanner.take(",")
        return scanner.take("}") ? .object(members) : nil
    }

    // MARK: Writing

    /// The value as text, `indent` spaces deep, in the order of the source; the form of Python's `json.dumps`.
    func text(_ node: Int, indent: Int = 4) -> [UInt8] {
        var out: [UInt8] = []
        write(node, indent, depth: 0, into: &out)
        return out
    }

    /// Several values as the list of them.
    func text(_ list: [Int], indent: Int = 4) -> [UInt8] {
        var out: [UInt8] = []
        write(list.map { (nil, $0) }, ("[", "]"), indent, depth: 0, into: &out)
        return out
    }

    private func write(_ node: Int, _ indent: Int, depth: Int, into out: inout [UInt8]) {
        switch nodes[node].value {
        case .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .number(let spelling): out += spelling
        case .string(let text): JSONString.quote(text, into: &out)
        case .array(let items): write(items.map { (nil, $0) }, ("[", "]"), indent, depth: depth, into: &out)
        case .object(let members):
            write(members.map { ($0.key, $0.node) }, ("{", "}"), indent, depth: depth, into: &out)
        }
    }

    private func write(
        _ items: [(key: [UInt8]?, node: Int)], _ brackets: (String, String), _ indent: Int, depth: Int,
        into out: inout [UInt8]
    ) {
        out += brackets.0.utf8
        for (index, item) in items.enumerated() {
            out += (index == 0 ? "\n" : ",\n").utf8
            out += repeatElement(ByteClass.space, count: (depth + 1) * indent)
            if let key = item.key {
                JSONString.quote(key, into: &out)
                out += ": ".utf8
            }
            write(item.node, indent, depth: depth + 1, into: &out)
        }
        if !items.isEmpty {
            out.append(ByteClass.newline)
            out += repeatElement(ByteClass.space, count: depth * indent)
        }
        out += brackets.1.utf8
    }
}

extension JSONTree.Value {
    /// A number's worth; nil for anything that is not one.
    var number: Double? {
        if case .number(let spelling) = self { Double(String(decoding: spelling, as: UTF8.self)) } else { nil }
    }
}

extension JSONTree {
    /// Whether two values are the same, whatever the order of their members.
    func isEqual(_ one: Value, _ other: Value) -> Bool {
        switch (one, other) {
        case (.null, .null): return true
        case (.bool(let one), .bool(let other)): return one == other
        case (.string(let one), .string(let other)): return one == other
        case (.number, .number): return one.number == other.number
        case (.array(let items), .array(let others)):
            return items.count == others.count && zip(items, others).allSatisfy { isEqual(self[$0], self[$1]) }
        case (.object(let members), .object(let others)):
            guard members.count == others.count else { return false }
            let values = Dictionary(uniqueKeysWithValues: others.map { ($0.key, $0.node) })
            return members.allSatisfy { entry in values[entry.key].map { isEqual(self[entry.node], self[$0]) } ?? false
            }
        default: return false
        }
    }
}

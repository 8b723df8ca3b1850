import Differences
import Domain

/// Walks a `JSONTree` for a `JSONPath`, with a bound on how many values it looks at.
struct JSONPathSearch {
    private(set) var tree: JSONTree
    private var stepsLeft: Int
    private let matcher: RuleMatcher

    init(_ tree: JSONTree, _ limits: DetectionLimits) {
        self.tree = tree
        stepsLeft = limits.selectorSteps
        matcher = RuleMatcher(limits)
    }

    /// The values found, query after query, in the order of the document.
    mutating func find(_ path: JSONPath) throws(CheckFailure) -> [Int] {
        var found: [Int] = []
        for part in path.parts { found += try find(part) }
        return found
    }

    private mutating func find(_ part: JSONPath.Part) throws(CheckFailure) -> [Int] {
        switch part {
        case .query(let query): return try find(query, from: 0)
        case .literal(let value): return [tree.add(value)]
        case .arithmetic(let operation, let left, let right):
            let one = try find(left), other = try find(right)
            // A literal goes with each value, values go pair by pair, and lists of different lengths with nothing.
            let count = left.isLiteral ? other.count : one.count
            guard left.isLiteral || right.isLiteral || one.count == other.count else { return [] }
            var results: [Int] = []
            for place in 0..<count {
                try step()
                let result = Self.calculate(
                    operation, tree[one[left.isLiteral ? 0 : place]], tree[other[right.isLiteral ? 0 : place]])
                // One pair that cannot be calculated takes all with it, as in jsonpath-ng.
                guard let result else { return [] }
                results.append(tree.add(result))
            }
            return results
        }
    }

    /// Numbers; and texts, which `+` joins. nil for everything else.
    private static func calculate(
        _ operation: JSONPath.Arithmetic, _ left: JSONTree.Value, _ right: JSONTree.Value
    ) -> JSONTree.Value? {
        if case .string(let one) = left, case .string(let other) = right, operation == .add {
            return .string(one + other)
        }
        guard let one = left.number, let other = right.number else { return nil }
        switch operation {
        case .add: return spelling(one + other)
        case .subtract: return spelling(one - other)
        case .multiply: return spelling(one * other)
        case .divide: return other == 0 ? nil : spelling(one / other)
        }
    }

    /// Whole numbers without a point; nil for what JSON cannot spell.
    private static func spelling(_ number: Double) -> JSONTree.Value? {
        guard number.isFinite else { return nil }
        let isWhole = number == number.rounded() && abs(number) < 1e15
        return .number(Array((isWhole ? String(Int(number)) : String(number)).utf8))
    }

    private mutating func step(_ count: Int = 1) throws(CheckFailure) {
        stepsLeft -= count
        if stepsLeft < 0 { throw CheckFailure(.tooComplex, "a JSONPath takes too many steps on this page") }
    }

    private mutating func find(_ query: JSONPath.Query, from node: Int) throws(CheckFailure) -> [Int] {
        var nodes = [query.isAbsolute ? 0 : node]
        for segment in query.segments {
            var next: [Int] = []
            for node in nodes {
                for place in segment.isDescendant ? try descendants(of: node) : [node] {
                    for selector in segment.selectors { try select(selector, in: place, into: &next) }
                }
            }
            nodes = next
            if nodes.isEmpty { break }
        }
        return nodes
    }

    /// The value itself and everything inside of it, outer before inner, in order.
    private mutating func descendants(of node: Int) throws(CheckFailure) -> [Int] {
        var found: [Int] = []
        var open = [node]
        while let node = open.popLast() {
            try step()
            found.append(node)
            open += tree.children(of: node).reversed()
        }
        return found
    }

    private mutating func select(
        _ selector: JSONPath.Selector, in node: Int, into found: inout [Int]
    ) throws(CheckFailure) {
        try step()
        switch selector {
        case .name(let key):
            if let member = tree.member(key, of: node) { found.append(member) }
        case .wildcard:
            let children = tree.children(of: node)
            try step(children.count)
            found += children
        case .index(let index):
            guard case .array(let items) = tree[node] else { return }
            let place = index < 0 ? items.count + index : index
            if items.indices.contains(place) { found.append(items[place]) }
        case .slice(let start, let end, let stride):
            guard case .array(let items) = tree[node] else { return }
            try step(items.count)
            found += Self.slice(items, start, end, stride)
        case .filter(let condition):
            for child in tree.children(of: node) where try holds(condition, child) { found.append(child) }
        case .sort(let keys):
            if let sorted = try sorted(node, by: keys) { found.append(sorted) }
        case .path(let query): found += try find(query, from: node)
        case .having(let query, let isNegated):
            if try find(query, from: node).isEmpty == isNegated { found.append(node) }
        case .named(let name):
            if let result = try apply(name, to: node) { found.append(result) }
        }
    }

    /// RFC 9535, 2.3.4.2.2.
    private static func slice(_ items: [Int], _ start: Int?, _ end: Int?, _ step: Int) -> [Int] {
        guard step != 0 else { return [] }
        let count = items.count
        func bound(_ value: Int) -> Int { value >= 0 ? value : count + value }
        if step > 0 {
            let low = min(max(bound(start ?? 0), 0), count)
            let high = min(max(bound(end ?? count), 0), count)
            return Swift.stride(from: low, to: high, by: step).map { items[$0] }
        }
        let high = min(max(start.map(bound) ?? (count - 1), -1), count - 1)
        let low = min(max(end.map(bound) ?? -1, -1), count - 1)
        return Swift.stride(from: high, to: low, by: step).map { items[$0] }
    }

    // MARK: Conditions

    private mutating func holds(_ condition: JSONPath.Condition, _ node: Int) throws(CheckFailure) -> Bool {
        try step()
        switch condition {
        case .or(let parts):
            for part in parts where try holds(part, node) { return true }
            return false
        case .and(let parts):
            for part in parts where try !holds(part, node) { return false }
            return true
        case .not(let inner): return try !holds(inner, node)
        case .exists(let query): return try !find(query, from: node).isEmpty
        case .compares(let left, let comparison, let right):
            let others = try values(right, node)
            for one in try values(left, node) {
                try step(others.count)
                if others.contains(where: { compare(one, comparison, $0) }) { return true }
            }
            return false
        case .matches(let operand, let pattern):
            for value in try values(operand, node) {
                guard case .string(let text)? = value else { continue }
                if try matcher.matches(pattern, text.span) { return true }
            }
            return false
        }
    }

    /// All values an operand stands for. A query for one value stands for nothing when it finds none (RFC 9535,
    /// 2.3.5.2.2); one for several, which the RFC has no comparisons of, has no values then.
    private mutating func values(
        _ operand: JSONPath.Operand, _ node: Int
    ) throws(CheckFailure) -> [JSONTree.Value?] {
        guard case .query(let query) = operand, !query.isSingular else { return [try value(operand, node)] }
        return try find(query, from: node).map { tree[$0] }
    }

    /// The value an operand stands for; nil for nothing.
    private mutating func value(
        _ operand: JSONPath.Operand, _ node: Int
    ) throws(CheckFailure) -> JSONTree.Value? {
        switch operand {
        case .literal(let value): return value
        case .query(let query), .value(let query):
            let found = try find(query, from: node)
            return found.count == 1 ? tree[found[0]] : nil
        case .length(let inner): return try value(inner, node).flatMap(Self.length).map(Self.number)
        case .count(let query): return Self.number(try find(query, from: node).count)
        }
    }

    private static func number(_ value: Int) -> JSONTree.Value { .number(Array("\(value)".utf8)) }

    /// Characters of a text, entries of a list or object; nil for anything else.
    private static func length(_ value: JSONTree.Value) -> Int? {
        switch value {
        case .string(let text): String(decoding: text, as: UTF8.self).unicodeScalars.count
        case .array(let items): items.count
        case .object(let members): members.count
        default: nil
        }
    }

    private func compare(
        _ left: JSONTree.Value?, _ comparison: JSONPath.Comparison, _ right: JSONTree.Value?
    ) -> Bool {
        switch comparison {
        case .equal: isEqual(left, right)
        case .unequal: !isEqual(left, right)
        case .less: isLess(left, right)
        case .greater: isLess(right, left)
        case .lessOrEqual: isLess(left, right) || isEqual(left, right)
        case .greaterOrEqual: isLess(right, left) || isEqual(left, right)
        }
    }

    private func isEqual(_ left: JSONTree.Value?, _ right: JSONTree.Value?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        if let (left, right) = Self.numbers(left, right) { return left == right }
        return tree.isEqual(left, right)
    }

    private func isLess(_ left: JSONTree.Value?, _ right: JSONTree.Value?) -> Bool {
        guard let left, let right else { return false }
        if let (left, right) = Self.numbers(left, right) { return left < right }
        guard case .string(let one) = left, case .string(let other) = right else { return false }
        return one.lexicographicallyPrecedes(other)
    }

    /// Both as numbers, when one is a number and the other one too or a text that spells one.
    private static func numbers(_ left: JSONTree.Value, _ right: JSONTree.Value) -> (Double, Double)? {
        switch (left.number, right.number) {
        case (let left?, let right?): (left, right)
        case (let left?, nil): spelt(right).map { (left, $0) }
        case (nil, let right?): spelt(left).map { ($0, right) }
        case (nil, nil): nil
        }
    }

    private static func spelt(_ value: JSONTree.Value) -> Double? {
        guard case .string(let text) = value else { return nil }
        return Double(String(decoding: Lines.trimmed(text[...]), as: UTF8.self))
    }

    // MARK: Sorting and operators

    private mutating func sorted(_ node: Int, by keys: [JSONPath.SortKey]) throws(CheckFailure) -> Int? {
        guard case .array(let items) = tree[node] else { return nil }
        var values: [[JSONTree.Value?]] = []
        for item in items {
            var row: [JSONTree.Value?] = []
            for key in keys {
                try step()
                row.append(try find(key.query, from: item).first.map { tree[$0] })
            }
            values.append(row)
        }
        let order = items.indices.sorted { one, other in
            for (place, key) in keys.enumerated() {
                let (left, right) = (values[one][place], values[other][place])
                if isLess(left, right) { return !key.isDescending }
                if isLess(right, left) { return key.isDescending }
            }
            return one < other
        }
        return tree.add(.array(order.map { items[$0] }))
    }

    private mutating func apply(_ name: JSONPath.Operator, to node: Int) throws(CheckFailure) -> Int? {
        switch name {
        case .this: return node
        case .parent: return tree.parent(of: node)
        case .length: return Self.length(tree[node]).map { tree.add(Self.number($0)) }
        case .keys:
            guard case .object(let members) = tree[node] else { return nil }
            return tree.add(.array(members.map { tree.add(.string($0.key)) }))
        case .sorted:
            guard case .array(let items) = tree[node] else { return nil }
            return tree.add(.array(items.sorted { isLess(tree[$0], tree[$1]) }))
        case .text:
            if case .string = tree[node] { return node }
            return tree.add(.string(tree.text(node, indent: 0)))
        case .substitute(let pattern, let replacement):
            guard case .string(let text) = tree[node] else { return nil }
            return tree.add(.string(try matcher.replace(pattern, in: text, with: replacement)))
        case .split(let separator, let index, let most):
            guard case .string(let text) = tree[node], !separator.isEmpty else { return nil }
            let parts = String(decoding: text, as: UTF8.self).split(
                separator: String(decoding: separator, as: UTF8.self), maxSplits: most < 0 ? .max : most,
                omittingEmptySubsequences: false)
            let place = index < 0 ? parts.count + index : index
            return parts.indices.contains(place) ? tree.add(.string(Array(parts[place].utf8))) : nil
        }
    }
}

extension JSONPath.Part {
    fileprivate var isLiteral: Bool { if case .literal = self { true } else { false } }
}

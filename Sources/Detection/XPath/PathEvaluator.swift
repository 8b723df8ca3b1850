import Domain
import Patterns

/// Evaluates an expression on a page's tree, with a bound on its steps.
struct PathEvaluator {
    /// What `.`, `position()` and `last()` mean.
    struct Focus {
        var item: PathItem?
        var position = 1
        var size = 1
    }

    let tree: MarkupTree
    let source: String
    let limits: DetectionLimits
    private let time: FilterTime
    private var stepsLeft: Int
    /// When so few are left, the clock is looked at again.
    private var stepsAtLook: Int
    private var slots: [[PathItem]]
    /// The bytes of all texts that stood in sequences so far.
    private var gathered = 0
    let matcher: RuleMatcher
    /// Regexes that were no literals, by their spelling.
    var patterns: [[UInt8]: Pattern] = [:]

    /// What the expression finds on the page.
    static func evaluate(
        _ expression: PathExpression, on tree: MarkupTree, _ limits: DetectionLimits, _ time: FilterTime
    ) throws(CheckFailure) -> [SelectorMatch] {
        var evaluator = PathEvaluator(expression, tree, limits, time)
        let items = try evaluator.value(expression.term, Focus(item: .node(PathNode(0))))
        var found: [SelectorMatch] = []
        for item in items {
            if let node = item.node, node.attribute < 0, node.index == 0 || tree.nodes[Int(node.index)].isElement {
                found.append(.element(Int(node.index)))
            } else {
                let node = item.node.flatMap { $0.attribute < 0 ? Int($0.index) : nil }
                found.append(.text(try evaluator.string(item), node: node))
            }
        }
        return found
    }

    private init(_ expression: PathExpression, _ tree: MarkupTree, _ limits: DetectionLimits, _ time: FilterTime) {
        self.tree = tree
        self.time = time
        self.limits = limits
        source = expression.source
        stepsLeft = limits.selectorSteps
        stepsAtLook = stepsLeft - FilterTime.stepsBetweenLooks
        slots = Array(repeating: [], count: expression.slotCount)
        matcher = RuleMatcher(limits)
    }

    mutating func step(_ count: Int = 1) throws(CheckFailure) {
        stepsLeft -= count
        if stepsLeft < 0 { throw CheckFailure(.tooComplex, "\(source) takes too many steps on this page") }
        guard stepsLeft < stepsAtLook else { return }
        stepsAtLook = stepsLeft - FilterTime.stepsBetweenLooks
        try time.check(source)
    }

    func failure(_ words: String) -> CheckFailure { CheckFailure(.badFilter, "\(source): \(words)") }

    // MARK: Memory

    /// Adds to a sequence, which may not have more values than a page has nodes, nor more text than matches may have.
    private mutating func gather(_ more: [PathItem], into items: inout [PathItem]) throws(CheckFailure) {
        items += more
        try refuseCount(items.count)
        for case .string(let text) in more { gathered += text.count }
        try refuseLength(gathered)
    }

    func refuseCount(_ count: Int) throws(CheckFailure) {
        guard count <= limits.treeNodes else {
            throw CheckFailure(.tooComplex, "\(source) finds more than \(limits.treeNodes) values (PAGE_MAX_NODES)")
        }
    }

    func refuseLength(_ count: Int) throws(CheckFailure) {
        guard count <= limits.matchedBytes else {
            throw CheckFailure(.tooComplex, "\(source) finds more than \(limits.matchedBytes) bytes of text")
        }
    }

    // MARK: Terms

    mutating func value(_ term: PathTerm, _ focus: Focus) throws(CheckFailure) -> [PathItem] {
        try step()
        switch term {
        case .string(let text): return [.string(text)]
        case .number(let number): return [.number(number)]
        case .context: return focus.item.map { [$0] } ?? []
        case .document: return [.node(PathNode(0))]
        case .variable(let slot): return slots[slot]
        case .sequence(let terms):
            var items: [PathItem] = []
            for term in terms { try gather(value(term, focus), into: &items) }
            return items
        case .forEach(let slot, let source, let body):
            var items: [PathItem] = []
            for item in try value(source, focus) {
                slots[slot] = [item]
                try gather(value(body, focus), into: &items)
                try step(items.count / 64)
            }
            return items
        case .bind(let slot, let source, let body):
            slots[slot] = try value(source, focus)
            return try value(body, focus)
        case .quantified(let isEvery, let slot, let source, let body):
            for item in try value(source, focus) {
                slots[slot] = [item]
                if try truth(body, focus) != isEvery { return [.bool(!isEvery)] }
            }
            return [.bool(isEvery)]
        case .choice(let condition, let first, let second):
            return try value(try truth(condition, focus) ? first : second, focus)
        case .or(let left, let right):
            if try truth(left, focus) { return [.bool(true)] }
            return [.bool(try truth(right, focus))]
        case .and(let left, let right):
            guard try truth(left, focus) else { return [.bool(false)] }
            return [.bool(try truth(right, focus))]
        case .comparison(let comparison, let isValue, let left, let right):
            return try compare(comparison, isValue, try value(left, focus), try value(right, focus))
        case .order(let order, let left, let right):
            guard let one = try value(left, focus).first?.node, let other = try value(right, focus).first?.node else {
                return []
            }
            return [.bool(order == .same ? one == other : order == .before ? one < other : other < one)]
        case .concatenation(let left, let right):
            let one = try firstString(left, focus), other = try firstString(right, focus)
            try refuseLength(one.count + other.count)
            return [.string(one + other)]
        case .range(let left, let right): return try range(left, right, focus)
        case .arithmetic(let operation, let left, let right):
            guard let one = try optionalNumber(left, focus), let other = try optionalNumber(right, focus) else {
                return []
            }
            return [.number(Self.calculate(operation, one, other))]
        case .negation(let term): return try optionalNumber(term, focus).map { [.number(-$0)] } ?? []
        case .nodeSets(let operation, let left, let right):
            return try combine(operation, try value(left, focus), try value(right, focus)).map { .node($0) }
        case .map(let left, let right):
            var items: [PathItem] = []
            let sources = try value(left, focus)
            for (place, item) in sources.enumerated() {
                try gather(value(right, Focus(item: item, position: place + 1, size: sources.count)), into: &items)
            }
            return items
        case .path(let parts): return try path(parts, focus)
        case .step(let axis, let test, let predicates):
            guard let node = focus.item?.node else { throw failure("a path step needs a node to start from") }
            return try nodes(axis, test, predicates, from: node).map { .node($0) }
        case .filtered(let term, let predicates):
            return try filter(try value(term, focus), predicates)
        case .cast(let term, let type, let isOptional):
            return try cast(try value(term, focus), to: type, isOptional: isOptional)
        case .castable(let term, let type, let isOptional):
            return [.bool(try isCastable(try value(term, focus), to: type, isOptional: isOptional))]
        case .call(let function, let arguments, let pattern):
            return try call(function, arguments, pattern, focus)
        }
    }

    private mutating func range(_ left: PathTerm, _ right: PathTerm, _ focus: Focus) throws(CheckFailure) -> [PathItem]
    {
        guard let first = try optionalNumber(left, focus), let last = try optionalNumber(right, focus), first <= last
        else { return [] }
        guard last - first < 1_000_000, abs(first) < 1e15 else {
            throw failure("a range has more than a million numbers")
        }
        try step(Int(last - first))
        return (Int(first)...Int(last)).map { .number(Double($0)) }
    }

    private static func calculate(_ operation: PathArithmetic, _ one: Double, _ other: Double) -> Double {
        switch operation {
        case .add: one + other
        case .subtract: one - other
        case .multiply: one * other
        case .divide: one / other
        case .divideWhole: (one / other).rounded(.towardZero)
        case .remainder: one.truncatingRemainder(dividingBy: other)
        }
    }

    mutating func combine(
        _ operation: PathSetOperation, _ left: [PathItem], _ right: [PathItem]
    ) throws(CheckFailure) -> [PathNode] {
        let one = left.compactMap(\.node), other = Set(right.compactMap(\.node))
        guard one.count == left.count, other.count <= right.count, right.allSatisfy({ $0.node != nil }) else {
            throw failure("only nodes can be combined with union, intersect or except")
        }
        try step(one.count + other.count)
        switch operation {
        case .union: return other.union(one).sorted()
        case .intersection: return Set(one.filter(other.contains)).sorted()
        case .difference: return Set(one.filter { !other.contains($0) }).sorted()
        }
    }

    // MARK: Paths

    private mutating func path(_ parts: [PathTerm], _ focus: Focus) throws(CheckFailure) -> [PathItem] {
        var items = try value(parts[0], focus)
        for part in parts.dropFirst() {
            var found: [PathItem] = []
            for (place, item) in items.enumerated() {
                guard item.node != nil else { throw failure("a path continues from something that is not a node") }
                try gather(value(part, Focus(item: item, position: place + 1, size: items.count)), into: &found)
            }
            items = try inOrder(found)
            if items.isEmpty { break }
        }
        return items
    }

    /// Nodes in the order of the document, each once; other values as they came.
    private mutating func inOrder(_ items: [PathItem]) throws(CheckFailure) -> [PathItem] {
        try step(items.count)
        var last = PathNode(-1)
        var isSorted = true
        for item in items {
            guard let node = item.node else { return items }
            if node <= last { isSorted = false }
            last = node
        }
        return isSorted ? items : Set(items.compactMap(\.node)).sorted().map { .node($0) }
    }

    private mutating func nodes(
        _ axis: PathAxis, _ test: PathNodeTest, _ predicates: [PathTerm], from node: PathNode
    ) throws(CheckFailure) -> [PathNode] {
        var found = try PathWalk(tree, test).nodes(axis, from: node, &stepsLeft)
        try step()
        for predicate in predicates {
            let items = found.map { PathItem.node($0) }
            found = try filter(items, [predicate]).compactMap(\.node)
        }
        return axis.isReverse ? found.reversed() : found
    }

    /// A number keeps the item at that position, anything else those for which it is true.
    private mutating func filter(_ items: [PathItem], _ predicates: [PathTerm]) throws(CheckFailure) -> [PathItem] {
        var items = items
        for predicate in predicates {
            if case .number(let place) = predicate {
                items =
                    place >= 1 && place <= Double(items.count) && place == place.rounded()
                    ? [items[Int(place) - 1]] : []
                continue
            }
            var kept: [PathItem] = []
            for (place, item) in items.enumerated() {
                let result = try value(predicate, Focus(item: item, position: place + 1, size: items.count))
                if result.count == 1, case .number(let wanted) = result[0] {
                    if wanted == Double(place + 1) { kept.append(item) }
                } else if Self.truth(result) {
                    kept.append(item)
                }
            }
            items = kept
        }
        return items
    }

    // MARK: Values

    mutating func truth(_ term: PathTerm, _ focus: Focus) throws(CheckFailure) -> Bool {
        Self.truth(try value(term, focus))
    }

    /// The effective boolean value (XPath 3.1, 2.4.3); of several values without a place the first decides.
    static func truth(_ items: [PathItem]) -> Bool {
        switch items.first {
        case nil: false
        case .node: true
        case .string(let text): !text.isEmpty
        case .number(let number): number != 0 && !number.isNaN
        case .bool(let flag): flag
        }
    }

    mutating func string(_ item: PathItem) throws(CheckFailure) -> [UInt8] {
        switch item {
        case .string(let text): return text
        case .number(let number): return PathNumber.text(number)
        case .bool(let flag): return Array((flag ? "true" : "false").utf8)
        case .node(let node):
            let index = Int(node.index)
            if node.attribute >= 0 { return tree.value(tree.attributes(of: index)[Int(node.attribute)]) }
            try step(Int(tree.nodes[index].end - tree.nodes[index].start) / 4)
            if index == 0 { return documentText() }
            return tree.nodes[index].isElement ? tree.textContent(index) : tree.text(index)
        }
    }

    private func documentText() -> [UInt8] {
        var text: [UInt8] = []
        var child = Int(tree.nodes[0].firstChild)
        while child > 0 {
            text += tree.textContent(child)
            child = Int(tree.nodes[child].next)
        }
        return text
    }

    mutating func number(_ item: PathItem) throws(CheckFailure) -> Double {
        switch item {
        case .number(let number): return number
        case .bool(let flag): return flag ? 1 : 0
        case .string, .node: return PathNumber.value(try string(item))
        }
    }

    mutating func firstString(_ term: PathTerm, _ focus: Focus) throws(CheckFailure) -> [UInt8] {
        guard let item = try value(term, focus).first else { return [] }
        return try string(item)
    }

    mutating func optionalNumber(_ term: PathTerm, _ focus: Focus) throws(CheckFailure) -> Double? {
        guard let item = try value(term, focus).first else { return nil }
        return try number(item)
    }

    // MARK: Comparing

    private mutating func compare(
        _ comparison: PathComparison, _ isValue: Bool, _ left: [PathItem], _ right: [PathItem]
    ) throws(CheckFailure) -> [PathItem] {
        if isValue {
            guard let one = left.first, let other = right.first else { return [] }
            return [.bool(try compare(comparison, one, other))]
        }
        try step(left.count + right.count)
        for one in left {
            for other in right {
                try step()
                if try compare(comparison, one, other) { return [.bool(true)] }
            }
        }
        return [.bool(false)]
    }

    /// As numbers if one is a number, as truth if one is that, else as texts; for `<` and its like as numbers where
    /// both texts spell one.
    mutating func compare(_ comparison: PathComparison, _ one: PathItem, _ other: PathItem) throws(CheckFailure) -> Bool
    {
        switch (one, other) {
        case (.number, _), (_, .number): return Self.compare(comparison, try number(one), try number(other))
        case (.bool, _), (_, .bool):
            return Self.compare(comparison, Self.truth([one]) ? 1 : 0, Self.truth([other]) ? 1 : 0)
        default: break
        }
        let left = try string(one), right = try string(other)
        switch comparison {
        case .equal: return left == right
        case .unequal: return left != right
        default: break
        }
        let numbers = (PathNumber.value(left), PathNumber.value(right))
        if !numbers.0.isNaN, !numbers.1.isNaN { return Self.compare(comparison, numbers.0, numbers.1) }
        let order = left == right ? 0.0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        return Self.compare(comparison, order, 0)
    }

    private static func compare(_ comparison: PathComparison, _ one: Double, _ other: Double) -> Bool {
        switch comparison {
        case .equal: one == other
        case .unequal: one != other
        case .less: one < other
        case .lessOrEqual: one <= other
        case .greater: one > other
        case .greaterOrEqual: one >= other
        }
    }
}

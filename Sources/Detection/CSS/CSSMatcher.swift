import Domain

/// Finds the elements of a tree that selectors mean, within a number of steps.
struct CSSMatcher {
    let tree: MarkupTree
    private let time: FilterTime
    private var stepsLeft: Int
    private var stepsToLook = FilterTime.stepsBetweenLooks
    /// Positions among siblings, filled when the first selector asks for them.
    private var positions: SiblingPositions?
    /// As above.
    var groups: FormGroups?
    /// What the page notes as the language of all of it, once somebody asked.
    var pageLanguage: [UInt8]?

    init(_ tree: MarkupTree, steps: Int, time: FilterTime) {
        self.tree = tree
        self.time = time
        stepsLeft = steps
    }

    /// The elements in document order.
    mutating func select(_ selector: CSSSelector) throws(CheckFailure) -> [Int] {
        var found: [Int] = []
        var node = 1
        while node < tree.nodes.count {
            if tree.nodes[node].isRemoved {
                node = Int(tree.nodes[node].subtreeEnd)
                continue
            }
            if tree.nodes[node].isElement, try matches(node, selector, scope: nil) { found.append(node) }
            node += 1
        }
        return found
    }

    mutating func spend(_ steps: Int) throws(CheckFailure) {
        stepsLeft -= steps
        if stepsLeft < 0 { throw CheckFailure(.tooComplex, "its selectors take too many steps on this page") }
        stepsToLook -= steps
        guard stepsToLook < 0 else { return }
        stepsToLook = FilterTime.stepsBetweenLooks
        try time.check("what its selectors ask for")
    }

    mutating func matches(_ node: Int, _ selector: CSSSelector, scope: Int?) throws(CheckFailure) -> Bool {
        for complex in selector.alternatives {
            if try matches(node, complex, from: 0, scope: scope) { return true }
        }
        return false
    }

    /// Whether `node` fits the compound at `index` and its surroundings the compounds left of it.
    private mutating func matches(
        _ node: Int, _ complex: CSSSelector.Complex, from index: Int, scope: Int?
    ) throws(CheckFailure) -> Bool {
        guard try matches(node, complex.compounds[index], scope: scope) else { return false }
        guard index < complex.combinators.count else { return true }
        let combinator = complex.combinators[index]
        var other = step(from: node, combinator)
        while other > 0 {
            if try matches(other, complex, from: index + 1, scope: scope) { return true }
            if combinator == .child || combinator == .adjacent { return false }
            other = step(from: other, combinator)
        }
        return false
    }

    /// The next element that the combinator leads to, on the left or above; 0 or less when there is none.
    private func step(from node: Int, _ combinator: CSSSelector.Combinator) -> Int {
        switch combinator {
        case .child, .descendant: return Int(tree.nodes[node].parent)
        case .adjacent, .sibling:
            var other = Int(tree.nodes[node].previous)
            while other > 0, !tree.nodes[other].isElement { other = Int(tree.nodes[other].previous) }
            return other
        }
    }

    private mutating func matches(
        _ node: Int, _ compound: CSSSelector.Compound, scope: Int?
    ) throws(CheckFailure) -> Bool {
        try spend(1)
        if let name = compound.name, tree.nodes[node].name != name { return false }
        for test in compound.tests {
            if try !passes(node, test, scope: scope) { return false }
        }
        return true
    }

    private mutating func passes(_ node: Int, _ test: CSSSelector.Test, scope: Int?) throws(CheckFailure) -> Bool {
        switch test {
        case .id(let id):
            guard let attribute = try paidFor(Self.idName, node) else { return false }
            return AttributeMatch.equals(tree, attribute, id)
        case .className(let name):
            guard let attribute = try paidFor(Self.className, node) else { return false }
            return AttributeMatch.includes(tree, attribute, name)
        case .attribute(let wanted):
            guard let attribute = try paidFor(wanted.name, node) else { return false }
            return AttributeMatch.matches(tree, attribute, wanted)
        case .nth(let nth): return try passes(node, nth)
        case .any(let selector): return try matches(node, selector, scope: scope)
        case .not(let selector): return try !matches(node, selector, scope: scope)
        case .has(let selector): return try has(node, selector)
        case .scope: return node == scope
        case .root: return tree.nodes[node].parent == 0
        case .empty: return isEmpty(node)
        // A custom element's name has a hyphen (HTML, 4.13.3); what the page's scripts define is not known.
        case .defined: return !tree.source[name(of: node)].contains(UInt8(ascii: "-"))
        case .form(let state): return try passes(node, state)
        case .language(let ranges): return try isIn(node, ranges)
        case .direction(let isRightToLeft): return try self.isRightToLeft(node) == isRightToLeft
        case .contains(let words, let own): return try contains(node, words, own: own)
        }
    }

    /// The attribute, its length paid for, since whoever asks about its value reads all of it.
    mutating func paidFor(_ name: [UInt8], _ node: Int) throws(CheckFailure) -> AttributeSpan? {
        guard let attribute = tree.attribute(name, of: node) else { return nil }
        try spend(1 + Int(attribute.valueEnd - attribute.valueStart) / 64)
        return attribute
    }

    private static let idName = Array("id".utf8), className = Array("class".utf8)

    private func name(of node: Int) -> Range<Int> { Int(tree.nodes[node].nameStart)..<Int(tree.nodes[node].nameEnd) }

    // MARK: Tests that look around

    private mutating func passes(_ node: Int, _ nth: CSSSelector.Nth) throws(CheckFailure) -> Bool {
        guard let among = nth.among else {
            let known: SiblingPositions
            if let positions {
                known = positions
            } else {
                try spend(tree.nodes.count)
                known = SiblingPositions(tree)
                positions = known
            }
            return nth.accepts(known.position(of: node, fromEnd: nth.fromEnd, ofType: nth.ofType))
        }
        guard try matches(node, among, scope: nil) else { return false }
        var position = 1
        var other = Int(nth.fromEnd ? tree.nodes[node].next : tree.nodes[node].previous)
        while other > 0 {
            if tree.nodes[other].isElement, try matches(other, among, scope: nil) { position += 1 }
            other = Int(nth.fromEnd ? tree.nodes[other].next : tree.nodes[other].previous)
        }
        return nth.accepts(position)
    }

    /// Whether anything in the subtree, or beside it where the selector says so, fits when seen from `node`.
    private mutating func has(_ node: Int, _ selector: CSSSelector) throws(CheckFailure) -> Bool {
        for complex in selector.alternatives {
            let isBeside = complex.combinators.last == .adjacent || complex.combinators.last == .sibling
            var candidate = isBeside ? Int(tree.nodes[node].subtreeEnd) : node + 1
            let end = Int(isBeside ? tree.nodes[Int(tree.nodes[node].parent)].subtreeEnd : tree.nodes[node].subtreeEnd)
            while candidate < end {
                if tree.nodes[candidate].isRemoved {
                    candidate = Int(tree.nodes[candidate].subtreeEnd)
                    continue
                }
                if tree.nodes[candidate].isElement, try matches(candidate, complex, from: 0, scope: node) {
                    return true
                }
                candidate += 1
            }
            try spend(1)
        }
        return false
    }

    /// No element and no text but white space (Selectors level 4).
    private func isEmpty(_ node: Int) -> Bool {
        var child = Int(tree.nodes[node].firstChild)
        while child > 0 {
            if tree.nodes[child].isElement { return false }
            let range = Int(tree.nodes[child].start)..<Int(tree.nodes[child].end)
            if !tree.source[range].allSatisfy(ByteClass.isSpace) { return false }
            child = Int(tree.nodes[child].next)
        }
        return true
    }

    private mutating func contains(_ node: Int, _ words: [[UInt8]], own: Bool) throws(CheckFailure) -> Bool {
        try spend(1 + Int(tree.nodes[node].end - tree.nodes[node].start) / 16)
        var text: [UInt8] = []
        if own {
            var child = Int(tree.nodes[node].firstChild)
            while child > 0 {
                if !tree.nodes[child].isElement { text += tree.text(child) }
                child = Int(tree.nodes[child].next)
            }
        } else {
            text = tree.textContent(node)
        }
        return words.contains { AttributeMatch.contains(text, $0) }
    }
}

/// Each element's place among its sibling elements, from both ends, in all and by name.
struct SiblingPositions {
    private var first: [Int32], last: [Int32], firstOfType: [Int32], lastOfType: [Int32]

    init(_ tree: MarkupTree) {
        first = [Int32](repeating: 0, count: tree.nodes.count)
        last = first
        firstOfType = first
        lastOfType = first
        for parent in tree.nodes.indices where tree.nodes[parent].firstChild > 0 {
            Self.count(tree, from: tree.nodes[parent].firstChild, \.next, &first, &firstOfType)
            Self.count(tree, from: tree.nodes[parent].lastChild, \.previous, &last, &lastOfType)
        }
    }

    private static func count(
        _ tree: MarkupTree, from start: Int32, _ next: KeyPath<MarkupTree.Node, Int32>, _ all: inout [Int32],
        _ ofType: inout [Int32]
    ) {
        var seen: [TagName: Int32] = [:]
        var position: Int32 = 0
        var node = Int(start)
        while node > 0 {
            if tree.nodes[node].isElement {
                position += 1
                all[node] = position
                seen[tree.nodes[node].name, default: 0] += 1
                ofType[node] = seen[tree.nodes[node].name] ?? 0
            }
            node = Int(tree.nodes[node][keyPath: next])
        }
    }

    func position(of node: Int, fromEnd: Bool, ofType: Bool) -> Int {
        switch (fromEnd, ofType) {
        case (false, false): Int(first[node])
        case (true, false): Int(last[node])
        case (false, true): Int(firstOfType[node])
        case (true, true): Int(lastOfType[node])
        }
    }
}

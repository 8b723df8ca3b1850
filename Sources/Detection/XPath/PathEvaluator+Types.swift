import Differences
import Domain

/// The types that a page's values can be taken for, and sequences that are alike.
extension PathEvaluator {
    /// Whether the value is one that the type's constructor takes (XPath 3.1, 3.14.3).
    mutating func isCastable(
        _ items: [PathItem], to type: PathFunction, isOptional: Bool
    ) throws(CheckFailure) -> Bool {
        guard items.count <= 1, let item = items.first else { return items.isEmpty && isOptional }
        let word = Lines.trimmed(try string(item)[...])
        switch (type, item) {
        case (.xsString, _), (.xsBoolean, .bool), (.xsBoolean, .number), (_, .bool): return true
        case (.xsBoolean, _): return ["true", "false", "1", "0"].contains { word.elementsEqual($0.utf8) }
        case (.xsInteger, .number(let number)), (.xsDecimal, .number(let number)): return number.isFinite
        case (.xsInteger, _):
            let digits = word.drop(while: { "+-".utf8.contains($0) })
            return !digits.isEmpty && word.count - digits.count <= 1 && digits.allSatisfy(ByteClass.isDigit)
        case (.xsDecimal, _):
            return !PathNumber.value(Array(word)).isNaN
                && word.allSatisfy { ByteClass.isDigit($0) || "+-.".utf8.contains($0) }
        default:
            return word.elementsEqual("NaN".utf8) || !PathNumber.value(Array(word)).isNaN
        }
    }

    /// `cast as`: the value as the type has it; a value that is none of the type fails the check, as the standard says.
    mutating func cast(
        _ items: [PathItem], to type: PathFunction, isOptional: Bool
    ) throws(CheckFailure) -> [PathItem] {
        guard try isCastable(items, to: type, isOptional: isOptional) else {
            let shown = try items.first.map { item throws(CheckFailure) in try string(item) } ?? []
            throw failure("'\(String(decoding: shown.prefix(60), as: UTF8.self))' is not a valid \(type.rawValue)")
        }
        guard let item = items.first else { return [] }
        switch (type, item) {
        case (.xsString, _): return [.string(try string(item))]
        case (.xsBoolean, .bool), (.xsBoolean, .number): return [.bool(Self.truth([item]))]
        case (.xsBoolean, _):
            let word = Lines.trimmed(try string(item)[...])
            return [.bool(word.elementsEqual("true".utf8) || word.elementsEqual("1".utf8))]
        case (.xsInteger, _): return [.number(try number(item).rounded(.towardZero))]
        default: return [.number(try number(item))]
        }
    }

    /// fn:deep-equal: as many items, pair by pair alike; nodes by name, attributes and what is inside of them.
    mutating func isDeepEqual(_ left: [PathItem], _ right: [PathItem]) throws(CheckFailure) -> Bool {
        guard left.count == right.count else { return false }
        for (one, other) in zip(left, right) {
            switch (one, other) {
            case (.node(let one), .node(let other)):
                guard try isDeepEqual(one, other) else { return false }
            case (.node, _), (_, .node): return false
            case (.number(let one), .number(let other)):
                guard one == other || (one.isNaN && other.isNaN) else { return false }
            case (.bool(let one), .bool(let other)):
                guard one == other else { return false }
            case (.string(let one), .string(let other)):
                guard one == other else { return false }
            default: return false
            }
        }
        return true
    }

    private mutating func isDeepEqual(_ one: PathNode, _ other: PathNode) throws(CheckFailure) -> Bool {
        guard (one.attribute < 0) == (other.attribute < 0) else { return false }
        if one.attribute >= 0 {
            guard name(of: .node(one)) == name(of: .node(other)) else { return false }
            let left = try string(.node(one)), right = try string(.node(other))
            return left == right
        }
        // Pairs of neighbours, so that a deep page needs no deep stack.
        var open = [(Int(one.index), Int(other.index))]
        while let (one, other) = open.popLast() {
            try step()
            guard tree.nodes[one].isElement == tree.nodes[other].isElement, (one == 0) == (other == 0) else {
                return false
            }
            if one > 0, !tree.nodes[one].isElement {
                try step(Int(tree.nodes[one].end - tree.nodes[one].start) / 4)
                guard tree.text(one) == tree.text(other) else { return false }
                continue
            }
            guard name(of: .node(PathNode(one))) == name(of: .node(PathNode(other))),
                attributes(of: one) == attributes(of: other)
            else { return false }
            let (ours, theirs) = (children(of: one), children(of: other))
            guard ours.count == theirs.count else { return false }
            try step(ours.count)
            open += zip(ours, theirs)
        }
        return true
    }

    private func attributes(of node: Int) -> [[UInt8]: [UInt8]] {
        Dictionary(
            tree.attributes(of: node).map { (tree.attributeName($0), tree.value($0)) },
            uniquingKeysWith: { first, _ in first })
    }

    private func children(of node: Int) -> [Int] {
        var found: [Int] = []
        var child = Int(tree.nodes[node].firstChild)
        while child > 0 {
            found.append(child)
            child = Int(tree.nodes[child].next)
        }
        return found
    }
}

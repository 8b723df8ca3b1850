import Domain

/// Goes along an axis and keeps the nodes that a test is for, in the axis' own order.
struct PathWalk {
    private let tree: MarkupTree
    private let test: PathNodeTest
    private let folded: TagName?

    init(_ tree: MarkupTree, _ test: PathNodeTest) {
        self.tree = tree
        self.test = test
        if case .named(let name) = test {
            folded = TagName(String(decoding: name, as: UTF8.self))
        } else {
            folded = nil
        }
    }

    /// Counts what it looks at off `stepsLeft`; the caller looks at that.
    func nodes(_ axis: PathAxis, from node: PathNode, _ stepsLeft: inout Int) throws(CheckFailure) -> [PathNode] {
        let index = Int(node.index)
        if axis == .attribute {
            return node.attribute < 0 && tree.nodes[index].isElement ? attributes(of: index, &stepsLeft) : []
        }
        var found: [PathNode] = []
        var count = 0
        func look(_ place: Int) {
            count += 1
            if isMeant(place) { found.append(PathNode(place)) }
        }
        let isAttribute = node.attribute >= 0
        switch axis {
        case .itself:
            if isAttribute { if case .any = test { found = [node] } } else { look(index) }
        case .child: if !isAttribute { forEachChild(index, look) }
        case .descendant: if !isAttribute { forEachBelow(index, look) }
        case .descendantOrSelf:
            if isAttribute {
                if case .any = test { found = [node] }
            } else {
                look(index)
                forEachBelow(index, look)
            }
        case .parent: if isAttribute { look(index) } else if index > 0 { look(Int(tree.nodes[index].parent)) }
        case .ancestor, .ancestorOrSelf:
            var place = isAttribute || axis == .ancestorOrSelf ? index : Int(tree.nodes[index].parent)
            while place >= 0 {
                look(place)
                place = place == 0 ? -1 : Int(tree.nodes[place].parent)
            }
        case .followingSibling, .precedingSibling:
            var place = isAttribute || index == 0 ? -1 : sibling(of: index, axis)
            while place >= 0 {
                look(place)
                place = sibling(of: place, axis)
            }
        case .following:
            forEach(isAttribute ? index + 1 : Int(tree.nodes[index].subtreeEnd), Int(tree.nodes[0].subtreeEnd), look)
        case .preceding:
            forEach(1, index) { if Int(tree.nodes[$0].subtreeEnd) <= index { look($0) } }
            found.reverse()
        case .attribute: break
        }
        stepsLeft -= count / 4
        return found
    }

    private func sibling(of index: Int, _ axis: PathAxis) -> Int {
        Int(axis == .followingSibling ? tree.nodes[index].next : tree.nodes[index].previous)
    }

    private func forEachChild(_ index: Int, _ body: (Int) -> Void) {
        var child = Int(tree.nodes[index].firstChild)
        while child >= 0 {
            body(child)
            child = Int(tree.nodes[child].next)
        }
    }

    private func forEachBelow(_ index: Int, _ body: (Int) -> Void) {
        forEach(index + 1, Int(tree.nodes[index].subtreeEnd), body)
    }

    private func forEach(_ start: Int, _ end: Int, _ body: (Int) -> Void) {
        var place = start
        while place < end {
            if tree.nodes[place].isRemoved {
                place = Int(tree.nodes[place].subtreeEnd)
            } else {
                body(place)
                place += 1
            }
        }
    }

    // MARK: Tests

    private func isMeant(_ index: Int) -> Bool {
        let it = tree.nodes[index]
        switch test {
        case .any: return true
        case .text: return !it.isElement && index > 0
        case .element: return it.isElement
        case .document: return index == 0
        case .none: return false
        case .named(let name): return it.isElement && it.name == folded && (tree.isHTML || isSpelt(index, name))
        case .local(let name):
            return it.isElement && self.name(index).split(separator: 0x3A).last?.elementsEqual(name) == true
        case .prefixed(let prefix): return it.isElement && self.name(index).starts(with: prefix)
        }
    }

    private func isSpelt(_ index: Int, _ name: [UInt8]) -> Bool {
        tree.source[Int(tree.nodes[index].nameStart)..<Int(tree.nodes[index].nameEnd)].elementsEqual(name)
    }

    /// An element's name as its document has it: in lower case for HTML, with its prefix for XML.
    private func name(_ index: Int) -> [UInt8] { tree.elementName(index) }

    private func attributes(of index: Int, _ stepsLeft: inout Int) -> [PathNode] {
        let all = tree.attributes(of: index)
        stepsLeft -= all.count / 4
        if case .named(let name) = test {
            let place = all.indices.first { isNamed(all[$0], name) }
            return place.map { [PathNode(index, attribute: $0)] } ?? []
        }
        var seen = Set<[UInt8]>()
        return all.indices.compactMap { place in
            let name = tree.attributeName(all[place])
            guard !name.starts(with: "xmlns".utf8), seen.insert(name).inserted, isMeant(name) else { return nil }
            return PathNode(index, attribute: place)
        }
    }

    private func isNamed(_ attribute: AttributeSpan, _ name: [UInt8]) -> Bool {
        let written = tree.source[Int(attribute.nameStart)..<Int(attribute.nameEnd)]
        guard tree.isHTML else { return written.elementsEqual(name) }
        return written.count == name.count
            && zip(written, name).allSatisfy { ByteClass.lower($0) == ByteClass.lower($1) }
    }

    private func isMeant(_ name: [UInt8]) -> Bool {
        switch test {
        case .any, .element: true
        case .local(let wanted): name.split(separator: 0x3A).last?.elementsEqual(wanted) == true
        case .prefixed(let prefix): name.starts(with: prefix)
        case .text, .document, .none, .named: false
        }
    }
}

extension MarkupTree {
    /// The name of an element as its document has it: in lower case for HTML, with its prefix for XML.
    func elementName(_ index: Int) -> [UInt8] {
        let it = nodes[index]
        guard it.nameEnd > it.nameStart else {
            switch it.traits.kind {
            case .html: return Array("html".utf8)
            case .head: return Array("head".utf8)
            default: return index == 0 || !it.isElement ? [] : Array("body".utf8)
            }
        }
        let name = source[Int(it.nameStart)..<Int(it.nameEnd)]
        return isHTML ? name.map(ByteClass.lower) : Array(name)
    }

    func attributeName(_ attribute: AttributeSpan) -> [UInt8] {
        let name = source[Int(attribute.nameStart)..<Int(attribute.nameEnd)]
        return isHTML ? name.map(ByteClass.lower) : Array(name)
    }
}

import CLibXML2
import Domain
import Glibc

/// A copy of a tree as libxml2 has it, so that libxml2 can evaluate XPath on it.
///
/// The copy is made from our tree instead of by libxml2's parsers: those take seconds for a tag with many attributes,
/// cut a page silently at a nesting of 255 and lock each other out; and with no parser of theirs there are no entities,
/// no network and no files. Nodes remember their place in our tree. Names without a prefix stand in no namespace, so
/// that `//item` finds a feed's items whatever its default namespace is; prefixes of XML mean what the document says.
/// Whoever makes one calls `free`.
struct XPathDocument {
    private let document: xmlDocPtr
    private let names: xmlDictPtr
    /// How many prefixes a document may have: each is known to every expression.
    private static let prefixLimit = 1_000
    /// Each prefix of an XML document with its first meaning.
    private var namespaces: [[UInt8]: [UInt8]] = [:]
    /// What a prefix means where the copy has come to: the innermost declaration last, each with the end of its
    /// subtree.
    private var scopes: [[UInt8]: [(end: Int, meaning: xmlNsPtr)]] = [:]
    /// The attributes that are copied; nil copies all.
    private let wanted: [[UInt8]]?

    /// Copies what `expressions` can ask for.
    init(_ tree: MarkupTree, for expressions: [XPathExpression], _ limits: DetectionLimits) throws(CheckFailure) {
        try Self.refuseDeepText(tree, limits.xpathTextBytes)
        XPathExpression.prepareLibrary
        guard let document = xmlNewDoc(nil) else { throw CheckFailure(.internalError, "out of memory") }
        guard let names = xmlDictCreate() else {
            xmlFreeDoc(document)
            throw CheckFailure(.internalError, "out of memory")
        }
        // The document owns the names from here on.
        document.pointee.dict = names
        self.document = document
        self.names = names
        var wanted: Set<String>? = []
        for expression in expressions {
            if let names = expression.attributeNames { wanted?.formUnion(names) } else { wanted = nil }
        }
        // XML needs its namespaces declared, so there all are copied.
        self.wanted = tree.isHTML ? wanted.map { $0.map { Array($0.utf8) } } : nil
        do throws(CheckFailure) { try copy(tree) } catch {
            xmlFreeDoc(document)
            throw error
        }
        scopes = [:]
    }

    func free() { xmlFreeDoc(document) }

    /// Reading the text of each element once must be affordable, since an expression such as `//*[contains(., 'x')]`
    /// does so.
    private static func refuseDeepText(_ tree: MarkupTree, _ limit: Int) throws(CheckFailure) {
        var sum = 0
        for node in tree.nodes.dropFirst() where node.isElement {
            sum += Int(node.end - node.start)
            if sum > limit { throw CheckFailure(.tooComplex, "too much text is nested too deep for XPath") }
        }
    }

    // MARK: Copying

    private mutating func copy(_ tree: MarkupTree) throws(CheckFailure) {
        var copies = [xmlNodePtr?](repeating: nil, count: tree.nodes.count)
        // Safety: a document begins with the same fields as a node, by libxml2's design, so that it can be a parent.
        copies[0] = UnsafeMutableRawPointer(document).assumingMemoryBound(to: xmlNode.self)
        var node = 1
        while node < tree.nodes.count {
            if tree.nodes[node].isRemoved {
                node = Int(tree.nodes[node].subtreeEnd)
                continue
            }
            if let parent = copies[Int(tree.nodes[node].parent)],
                let copy = tree.nodes[node].isElement ? try element(tree, node) : textNode(tree, node)
            {
                copy.pointee._private = UnsafeMutableRawPointer(bitPattern: node)
                Self.link(copy, parent)
                copies[node] = copy
            }
            node += 1
        }
    }

    /// Appends without merging neighbouring texts, which libxml2's own way of doing it makes quadratic.
    private static func link(_ node: xmlNodePtr, _ parent: xmlNodePtr) {
        node.pointee.parent = parent
        node.pointee.prev = parent.pointee.last
        if let last = parent.pointee.last { last.pointee.next = node } else { parent.pointee.children = node }
        parent.pointee.last = node
    }

    private mutating func element(_ tree: MarkupTree, _ node: Int) throws(CheckFailure) -> xmlNodePtr? {
        let it = tree.nodes[node]
        let (start, end) = (Int(it.nameStart), Int(it.nameEnd))
        let whole = end > start ? name(tree, start, end) : name(Self.implied(it.traits))
        var prefix: [UInt8] = []
        var local = whole
        if !tree.isHTML, let colon = tree.source.find(UInt8(ascii: ":"), from: start + 1, to: end - 1) {
            prefix = Array(tree.source[start..<colon])
            local = name(tree, colon + 1, end)
        }
        guard let local, let copy = xmlNewDocNodeEatName(document, nil, UnsafeMutablePointer(mutating: local), nil)
        else {
            return nil
        }
        for attribute in tree.attributes(of: node) { try add(attribute, tree, to: copy, until: Int(it.subtreeEnd)) }
        if !prefix.isEmpty, let whole {
            if let meaning = meaning(of: prefix, at: node) {
                copy.pointee.ns = meaning
            } else {
                copy.pointee.name = whole
            }
        }
        return copy
    }

    /// Adds an attribute to an element, or declares a prefix that holds up to the node `end`.
    private mutating func add(
        _ attribute: AttributeSpan, _ tree: MarkupTree, to element: xmlNodePtr, until end: Int
    ) throws(CheckFailure) {
        if let wanted, !wanted.contains(where: { tree.isNamed(attribute, $0) }) { return }
        let (start, nameEnd) = (Int(attribute.nameStart), Int(attribute.nameEnd))
        if !tree.isHTML, nameEnd - start > 6, tree.source.hasWord("xmlns:", at: start, to: nameEnd) {
            let prefix = Array(tree.source[(start + 6)..<nameEnd])
            return try declare(prefix, tree.value(attribute), on: element, until: end)
        }
        // Of equal names the first one counts; names from one dictionary are the same pointer.
        guard let name = name(tree, start, nameEnd) else { return }
        var other = element.pointee.properties
        while let known = other {
            if known.pointee.name == name { return }
            other = known.pointee.next
        }
        xmlNewNsPropEatName(element, nil, UnsafeMutablePointer(mutating: name), tree.value(attribute) + [0])
    }

    /// The name at these places of the source, kept once for the document; in lower case for HTML.
    private func name(_ tree: MarkupTree, _ start: Int, _ end: Int) -> UnsafePointer<xmlChar>? {
        guard let base = tree.source.baseAddress else { return nil }
        let bytes = tree.source[start..<end]
        if bytes.contains(where: { $0 == 0 || (tree.isHTML && ByteClass.lower($0) != $0) }) {
            return name(bytes.filter { $0 != 0 }.map { tree.isHTML ? ByteClass.lower($0) : $0 })
        }
        return xmlDictLookup(names, base + start, Int32(truncatingIfNeeded: end - start))
    }

    private func name(_ bytes: [UInt8]) -> UnsafePointer<xmlChar>? {
        xmlDictLookup(names, bytes, Int32(truncatingIfNeeded: bytes.count))
    }

    private static func implied(_ traits: TagTraits) -> [UInt8] {
        switch traits.kind {
        case .html: Array("html".utf8)
        case .head: Array("head".utf8)
        default: Array("body".utf8)
        }
    }

    private mutating func declare(
        _ prefix: [UInt8], _ name: [UInt8], on element: xmlNodePtr, until end: Int
    ) throws(CheckFailure) {
        // Of the same prefix twice in one tag the first one counts; the second is refused here.
        guard let meaning = xmlNewNs(element, name + [0], prefix + [0]) else { return }
        scopes[prefix, default: []].append((end, meaning))
        guard namespaces[prefix] == nil else { return }
        guard namespaces.count < Self.prefixLimit else {
            throw CheckFailure(.tooComplex, "it declares more than \(Self.prefixLimit) prefixes")
        }
        namespaces[prefix] = name
    }

    /// What the prefix means around `node`; nil when nobody declared it.
    private mutating func meaning(of prefix: [UInt8], at node: Int) -> xmlNsPtr? {
        // Nodes come in document order, so a declaration whose subtree is over is never asked for again.
        while let last = scopes[prefix]?.last, last.end <= node { scopes[prefix]?.removeLast() }
        return scopes[prefix]?.last?.meaning
    }

    private func textNode(_ tree: MarkupTree, _ node: Int) -> xmlNodePtr? {
        let it = tree.nodes[node]
        let range = Int(it.start)..<Int(it.end)
        if range.count < Self.shortText, let short = shortTextNode(tree.text(node)) { return short }
        if tree.source.find(UInt8(ascii: "&"), from: range.lowerBound, to: range.upperBound) == nil,
            tree.source.find(0, from: range.lowerBound, to: range.upperBound) == nil, let base = tree.source.baseAddress
        {
            return xmlNewDocTextLen(document, base + range.lowerBound, Int32(truncatingIfNeeded: range.count))
        }
        let text = tree.text(node)
        return text.withUnsafeBufferPointer {
            xmlNewDocTextLen(document, $0.baseAddress, Int32(truncatingIfNeeded: $0.count))
        }
    }

    /// A text of fewer bytes stands, with its NUL, in the two pointers of a node that texts do not use.
    private static let shortText = 16

    /// As libxml2's own parser keeps short texts (XML_PARSE_COMPACT), and its way of freeing a node knows; nil for a
    /// longer one, which a few short references stand for.
    private func shortTextNode(_ text: [UInt8]) -> xmlNodePtr? {
        guard text.count < Self.shortText, let copy = xmlNewDocText(document, nil) else { return nil }
        // Safety: the text and its NUL have room; both pointers lie beside each other, and the NUL is there because
        // they are zero in a new node.
        let place = UnsafeMutableRawPointer(copy).advanced(by: MemoryLayout<xmlNode>.offset(of: \.properties) ?? 0)
        place.copyMemory(from: text, byteCount: text.count)
        copy.pointee.content = place.assumingMemoryBound(to: xmlChar.self)
        return copy
    }

    // MARK: Asking

    /// What the expression finds, in document order.
    func evaluate(
        _ expression: XPathExpression, _ limits: DetectionLimits, _ time: FilterTime
    ) throws(CheckFailure) -> [SelectorMatch] {
        try time.check(expression.source)
        do throws(XPathError) {
            return try ask(expression, limits, time)
        } catch {
            if error.isTooManySteps {
                throw CheckFailure(.tooComplex, "\(expression.source) takes too many steps on this page")
            }
            throw CheckFailure(.badFilter, "\(expression.source): \(error.words)")
        }
    }

    /// As above, with libxml2's own complaint.
    func ask(
        _ expression: XPathExpression, _ limits: DetectionLimits, _ time: FilterTime
    ) throws(XPathError) -> [SelectorMatch] {
        guard let context = xmlXPathNewContext(document) else { throw .outOfMemory }
        defer { xmlXPathFreeContext(context) }
        context.pointee.opLimit = UInt(limits.xpathOperations)
        context.pointee.error = { _, _ in }
        for (prefix, name) in namespaces { xmlXPathRegisterNs(context, prefix + [0], name + [0]) }
        let ticket = XPathWatch.shared.begin(context, within: time.left)
        let value = xmlXPathEvalExpression(expression.source, context)
        XPathWatch.shared.end(ticket)
        guard let result = value else { throw XPathError(context.pointee.lastError) }
        defer { xmlXPathFreeObject(result) }
        return matches(result)
    }

    private func matches(_ result: xmlXPathObjectPtr) -> [SelectorMatch] {
        guard result.pointee.type == XPATH_NODESET || result.pointee.type == XPATH_XSLT_TREE else {
            guard let text = xmlXPathCastToString(result) else { return [] }
            defer { Glibc.free(text) }
            return [.text(Array(UnsafeBufferPointer(start: text, count: Int(xmlStrlen(text)))), node: nil)]
        }
        guard let set = result.pointee.nodesetval, set.pointee.nodeNr > 0, let nodes = set.pointee.nodeTab else {
            return []
        }
        // libxml2's own sort puts a text in front of what is inside of the element before it.
        var found: [(place: Int, isAttribute: Int, order: Int, match: SelectorMatch)] = []
        for order in 0..<Int(set.pointee.nodeNr) {
            guard let node = nodes[order] else { continue }
            if node.pointee.type == XML_DOCUMENT_NODE {
                found.append((0, 0, order, .element(0)))
                continue
            }
            let isAttribute = node.pointee.type == XML_ATTRIBUTE_NODE
            let holder = isAttribute ? node.pointee.parent : node
            let place = Int(bitPattern: holder?.pointee._private)
            if node.pointee.type == XML_ELEMENT_NODE {
                found.append((place, 0, order, .element(place)))
            } else if let text = xmlXPathCastNodeToString(node) {
                defer { Glibc.free(text) }
                let bytes = Array(UnsafeBufferPointer(start: text, count: Int(xmlStrlen(text))))
                let isText = node.pointee.type == XML_TEXT_NODE
                found.append((place, isAttribute ? 1 : 0, order, .text(bytes, node: isText ? place : nil)))
            }
        }
        // Most expressions find their nodes in order, and a sort costs more than the look.
        let isSorted = zip(found, found.dropFirst()).allSatisfy {
            ($0.place, $0.isAttribute) <= ($1.place, $1.isAttribute)
        }
        if isSorted { return found.map(\.match) }
        found.sort { ($0.place, $0.isAttribute, $0.order) < ($1.place, $1.isAttribute, $1.order) }
        return found.map(\.match)
    }
}

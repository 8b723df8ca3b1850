/// Reads HTML or XML in one pass and tells a sink, in balance, which elements open and close and what text stands
/// between them.
///
/// ```
/// text ──'<'──► tag ──'>'──► text            raw element (script, title, …) ──"</name"──► text
///   └── comment, declaration, CDATA ──► text
/// ```
/// It follows the HTML standard's tokenizer (13.2.5) closely and its tree construction (13.2.6) where that decides what
/// a person reads or a selector finds: implied html, head and body, ends that may be left out, end tags that close
/// nothing. It does not repair misnested formatting or content written directly into tables, and it adds no tbody, as
/// lxml does not. Time is linear in the source: the stack is bounded, and whether an end tag matches anything is known
/// without a search. Positions fit into 32 bits because `DetectionLimits` bounds the source.
struct MarkupParser<Sink: MarkupSink> {
    enum Language { case html, xml }

    /// The deepest nesting that is kept; what is deeper belongs to the last element that is (browsers do the same at
    /// 512).
    static var depthLimit: Int { 512 }
    /// The most attributes that one tag keeps.
    static var attributeLimit: Int { 256 }

    // Safety: whoever calls `parse` lends the source for as long as it runs, and every place in it is compared with
    // `end` before it is read; `attributes` is made in `init`, freed by `free`, and written up to `attributeLimit`
    // only.
    let source: UnsafeBufferPointer<UInt8>
    let end: Int
    let isHTML: Bool
    let table = TagTraits.table
    let nameBytes = NameBytes.table
    let attributes: UnsafeMutableBufferPointer<AttributeSpan>
    var sink: Sink
    var at: Int
    var stack: OpenElements
    let openNames: OpenNames
    /// Elements beyond the depth limit that are open.
    var overflow = 0
    /// Open drawings and formulas.
    var foreignDepth = 0
    var hasHTML = false, hasHead = false, hasBody = false

    private init(_ source: UnsafeBufferPointer<UInt8>, from start: Int, language: Language, sink: Sink) {
        self.source = source
        self.sink = sink
        end = source.count
        at = start
        isHTML = language == .html
        attributes = .allocate(capacity: Self.attributeLimit)
        stack = OpenElements(limit: Self.depthLimit)
        openNames = OpenNames()
    }

    private func free() {
        attributes.deallocate()
        stack.free()
        openNames.free()
    }

    /// Reads `source` from `start` to its end and gives the sink back.
    static func parse(
        _ source: UnsafeBufferPointer<UInt8>, from start: Int = 0, as language: Language = .html, into sink: Sink
    ) -> Sink {
        var parser = MarkupParser(source, from: start, language: language, sink: sink)
        defer { parser.free() }
        parser.run()
        return parser.sink
    }

    private mutating func run() {
        while at < end {
            guard let less = source.find(UInt8(ascii: "<"), from: at, to: end) else {
                text(at, end)
                break
            }
            let next = less + 1 < end ? source[less + 1] : 0
            if ByteClass.isLetter(next) || (!isHTML && next >= 0x80) || (!isHTML && next == UInt8(ascii: "_")) {
                if less > at { text(at, less) }
                startTag(at: less)
            } else if next == UInt8(ascii: "/") {
                if less > at { text(at, less) }
                endTag(at: less)
            } else if next == UInt8(ascii: "!") || next == UInt8(ascii: "?") {
                if less > at { text(at, less) }
                declaration(at: less)
            } else {
                text(at, less + 1)
                at = less + 1
            }
        }
        while !stack.isEmpty { pop(end: end) }
    }

    private mutating func text(_ start: Int, _ stop: Int) {
        guard isHTML, !hasBody else { return sink.text(start, stop, isRaw: false) }
        var index = start
        while index < stop, ByteClass.isSpace(source[index]) { index += 1 }
        if index == stop || !isBeforeBody { return sink.text(start, stop, isRaw: false) }
        openBody(at: start)
        sink.text(start, stop, isRaw: false)
    }

    /// Whether content now would begin the body: nothing is open but html and head.
    private var isBeforeBody: Bool {
        guard let top = stack.last else { return true }
        return top.traits.kind == .html || top.traits.kind == .head
    }

    // MARK: Tags

    private mutating func startTag(at less: Int) {
        let nameStart = less + 1
        let (name, index) = readName(at: nameStart)
        var tag = OpenTag(name: name, traits: .unknown, start: less, nameStart: nameStart, nameEnd: index)
        if isHTML { tag.traits = table[name] }
        var count = 0
        var isSelfClosing = false
        guard readAttributes(from: index, count: &count, isSelfClosing: &isSelfClosing) else {
            at = end
            return
        }
        if isHTML { openHTML(tag, count, isSelfClosing: isSelfClosing) } else { openXML(tag, count, isSelfClosing) }
    }

    /// The name that begins at `start`, and the place after it.
    @inline(__always)
    private func readName(at start: Int) -> (TagName, Int) {
        var index = start
        if isHTML {
            var key: UInt64 = 0
            while index < end {
                let byte = nameBytes[source[index]]
                if byte == 0 { break }
                key = key << 8 | UInt64(byte)
                index += 1
            }
            if index - start <= 8 { return (TagName(key: key), index) }
        } else {
            while index < end, !endsName(source[index]) { index += 1 }
        }
        return (TagName(source, start, index, folding: isHTML), index)
    }

    @inline(__always)
    private func endsName(_ byte: UInt8) -> Bool {
        ByteClass.isSpace(byte) || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }

    /// Reads up to the tag's `>` and past it; false when the source ends first, for then there is no tag.
    private mutating func readAttributes(from start: Int, count: inout Int, isSelfClosing: inout Bool) -> Bool {
        var index = start
        while index < end {
            let byte = source[index]
            if byte == UInt8(ascii: ">") {
                at = index + 1
                return true
            }
            if byte == UInt8(ascii: "/") {
                isSelfClosing = index + 1 < end && source[index + 1] == UInt8(ascii: ">")
                index += 1
                continue
            }
            if ByteClass.isSpace(byte) {
                index += 1
                continue
            }
            let nameStart = index
            index += 1
            while index < end, source[index] != UInt8(ascii: "="), !endsName(source[index]) { index += 1 }
            let nameEnd = index
            var valueStart = index, valueEnd = index
            while index < end, ByteClass.isSpace(source[index]) { index += 1 }
            if index < end, source[index] == UInt8(ascii: "=") {
                index += 1
                guard let after = readValue(from: index, &valueStart, &valueEnd) else { return false }
                index = after
            }
            if count < Self.attributeLimit,
                Sink.wantsAllAttributes || isWantedAttribute(source, nameStart, nameEnd)
            {
                attributes[count] = AttributeSpan(
                    nameStart: Int32(truncatingIfNeeded: nameStart), nameEnd: Int32(truncatingIfNeeded: nameEnd),
                    valueStart: Int32(truncatingIfNeeded: valueStart), valueEnd: Int32(truncatingIfNeeded: valueEnd))
                count += 1
            }
        }
        return false
    }

    /// Reads the value after an `=` and gives the place after it; nil when the source ends first.
    @inline(__always)
    private func readValue(from start: Int, _ valueStart: inout Int, _ valueEnd: inout Int) -> Int? {
        var index = start
        while index < end, ByteClass.isSpace(source[index]) { index += 1 }
        guard index < end else { return nil }
        let quote = source[index]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            guard let close = source.find(quote, from: index + 1, to: end) else { return nil }
            valueStart = index + 1
            valueEnd = close
            return close + 1
        }
        valueStart = index
        while index < end, source[index] != UInt8(ascii: ">"), !ByteClass.isSpace(source[index]) { index += 1 }
        valueEnd = index
        return index
    }

    private mutating func endTag(at less: Int) {
        let nameStart = less + 2
        guard nameStart < end else {
            text(less, end)
            at = end
            return
        }
        let first = source[nameStart]
        guard ByteClass.isLetter(first) || !isHTML else { return bogusComment(from: nameStart) }
        let (name, index) = readName(at: nameStart)
        var count = 0
        var isSelfClosing = false
        if index < end, source[index] == UInt8(ascii: ">") {
            at = index + 1
        } else if !readAttributes(from: index, count: &count, isSelfClosing: &isSelfClosing) {
            at = end
            return
        }
        if isHTML { closeHTML(name, at: less) } else { closeXML(name) }
    }

    // MARK: What is neither tag nor text

    private mutating func declaration(at less: Int) {
        if source.hasWord("<!--", at: less, to: end) { return comment(at: less) }
        if source.hasWord("<![cdata[", at: less, to: end), !isHTML || foreignDepth > 0 {
            let start = less + 9
            let stop = source.find("]]>", from: start, to: end) ?? end
            if stop > start { sink.text(start, stop, isRaw: true) }
            at = min(stop + 3, end)
            return
        }
        if !isHTML, source.hasWord("<!doctype", at: less, to: end) { return documentType(at: less) }
        if !isHTML, source[less + 1] == UInt8(ascii: "?") {
            at = source.find("?>", from: less + 2, to: end).map { $0 + 2 } ?? end
            return
        }
        bogusComment(from: less + 2)
    }

    private mutating func comment(at less: Int) {
        let start = less + 4
        if start < end, source[start] == UInt8(ascii: ">") {
            at = start + 1
        } else if source.hasWord("->", at: start, to: end) {
            at = start + 2
        } else {
            var index = start
            while let dashes = source.find("--", from: index, to: end) {
                if dashes + 2 < end, source[dashes + 2] == UInt8(ascii: ">") {
                    at = dashes + 3
                    return
                }
                if source.hasWord("!>", at: dashes + 2, to: end) {
                    at = dashes + 4
                    return
                }
                index = dashes + 1
            }
            at = end
        }
    }

    private mutating func bogusComment(from start: Int) {
        at = source.find(UInt8(ascii: ">"), from: start, to: end).map { $0 + 1 } ?? end
    }

    /// Skips an XML document type with its internal subset, whose entities are never read.
    private mutating func documentType(at less: Int) {
        var index = less
        while index < end, source[index] != UInt8(ascii: ">"), source[index] != UInt8(ascii: "[") { index += 1 }
        if index < end, source[index] == UInt8(ascii: "[") {
            index = source.find("]>", from: index, to: end).map { $0 + 1 } ?? end
        }
        at = min(index + 1, end)
    }

    // MARK: The stack

    /// Opens an element without asking what that implies.
    mutating func push(_ tag: OpenTag, _ count: Int) {
        guard stack.count < Self.depthLimit else {
            overflow += 1
            return
        }
        sink.open(tag, UnsafeBufferPointer(rebasing: attributes[0..<count]))
        stack.append(OpenElements.Element(name: tag.name, traits: tag.traits))
        openNames.add(tag.name)
        if tag.traits.kind == .foreign { foreignDepth += 1 }
    }

    /// Closes the innermost element, and those around it that were over already.
    mutating func pop(end place: Int) {
        repeat {
            guard let element = stack.popLast() else { return }
            openNames.remove(element.name)
            if element.traits.kind == .foreign { foreignDepth -= 1 }
            sink.close(element.traits, end: place)
        } while stack.last?.isOver == true
    }

    /// Hands over an element that has no content.
    mutating func pass(_ tag: OpenTag, _ count: Int) {
        sink.open(tag, UnsafeBufferPointer(rebasing: attributes[0..<count]))
        sink.close(tag.traits, end: at)
    }

    mutating func popTo(_ depth: Int, end place: Int) {
        while stack.count > depth { pop(end: place) }
    }

    // MARK: XML

    private mutating func openXML(_ tag: OpenTag, _ count: Int, _ isSelfClosing: Bool) {
        if isSelfClosing { pass(tag, count) } else { push(tag, count) }
    }

    private mutating func closeXML(_ name: TagName) {
        if overflow > 0 {
            overflow -= 1
            return
        }
        guard openNames.has(name), let depth = stack.lastIndex(where: { $0.name == name }) else {
            return
        }
        popTo(depth, end: at)
    }
}

/// Whether the text renderer asks for this attribute: hidden, style, href, start, value.
///
/// Safety: `hasWord` reads only what lies between `start` and `end`, which are places of the source.
@inline(__always)
func isWantedAttribute(_ source: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    switch end - start {
    case 4: source.hasWord("href", at: start, to: end)
    case 5:
        source.hasWord("style", at: start, to: end) || source.hasWord("start", at: start, to: end)
            || source.hasWord("value", at: start, to: end)
    case 6: source.hasWord("hidden", at: start, to: end)
    default: false
    }
}

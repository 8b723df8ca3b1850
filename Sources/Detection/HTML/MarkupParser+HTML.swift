/// What a start or end tag of HTML implies for the elements that are open.
extension MarkupParser {
    mutating func openHTML(_ tag: OpenTag, _ count: Int, isSelfClosing: Bool) {
        if foreignDepth > 0, openInForeign(tag, count, isSelfClosing) { return }
        switch tag.traits.kind {
        case .html:
            if !hasHTML { openRoot(tag, count) }
            return
        case .head:
            return openHead(tag, count)
        case .body:
            if !hasBody { openBody(tag, count) }
            return
        default: break
        }
        if !hasBody { preparePlace(for: tag) }
        endImplied(by: tag)
        if tag.traits.flags.contains(.void) { return pass(tag, count) }
        if tag.traits.kind == .foreign, isSelfClosing { return pass(tag, count) }
        push(tag, count)
        if tag.traits.flags.contains(.raw) || tag.traits.flags.contains(.escapable) {
            rawContent(of: tag, isRaw: tag.traits.flags.contains(.raw))
        } else if tag.traits.kind == .plaintext {
            sink.text(at, end, isRaw: true)
            at = end
        } else if tag.traits.kind == .pre {
            skipNewline()
        }
    }

    mutating func closeHTML(_ name: TagName, at less: Int) {
        // What most end tags do: they close the innermost element.
        if let top = stack.last, top.name == name, overflow == 0, top.traits.kind != .body, top.traits.kind != .html {
            return pop(end: at)
        }
        let traits = table[name]
        switch traits.kind {
        case .html, .body: return
        case .br:
            return openHTML(
                OpenTag(name: name, traits: traits, start: less, nameStart: less + 2, nameEnd: less + 4), 0,
                isSelfClosing: false)
        default: break
        }
        if overflow > 0 {
            overflow -= 1
            return
        }
        if traits.kind == .heading {
            if hasOpenHeading { closeHeading() }
            return
        }
        guard openNames.has(name) else { return }
        guard let depth = matchingElement(name, traits) else { return }
        if traits.flags.contains(.formatting),
            stack[(depth + 1)...].contains(where: { $0.traits.flags.contains(.special) })
        {
            stack[depth].isOver = true
            return
        }
        popTo(depth, end: at)
    }

    /// Which open element an end tag of this name closes: none when something stands in between that it does not reach
    /// through.
    private func matchingElement(_ name: TagName, _ traits: TagTraits) -> Int? {
        let isTablePart =
            switch traits.kind {
            case .table, .section, .row, .cell, .caption, .columns: true
            default: false
            }
        for depth in stride(from: stack.count - 1, through: 0, by: -1) {
            let element = stack[depth]
            if element.name == name { return element.isOver ? nil : depth }
            if isTablePart {
                if element.traits.kind == .table || element.traits.kind == .template { return nil }
            } else if element.traits.flags.contains(.barrier) {
                return nil
            } else if element.traits.flags.contains(.special), !traits.flags.contains(.special),
                !traits.flags.contains(.formatting), !traits.flags.contains(.block)
            {
                return nil
            }
        }
        return nil
    }

    /// Whether a name that ends in 1 to 6 is open, which headings' names do.
    private var hasOpenHeading: Bool {
        (UInt8(ascii: "1")...UInt8(ascii: "6")).contains { openNames.has($0) }
    }

    /// Any end tag of a heading closes any open heading.
    private mutating func closeHeading() {
        for depth in stride(from: stack.count - 1, through: 0, by: -1) {
            if stack[depth].traits.kind == .heading { return popTo(depth, end: at) }
            if stack[depth].traits.flags.contains(.barrier) { return }
        }
    }

    // MARK: html, head, body

    private mutating func openRoot(_ tag: OpenTag, _ count: Int) {
        hasHTML = true
        push(tag, count)
    }

    private func implied(_ word: StaticString, at place: Int) -> OpenTag {
        // Safety: a static string's bytes live as long as the process.
        let bytes = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        let name = TagName(bytes, 0, bytes.count, folding: false)
        return OpenTag(name: name, traits: table[name], start: place, nameStart: place, nameEnd: place)
    }

    private mutating func openHead(_ tag: OpenTag, _ count: Int) {
        guard !hasHead, !hasBody else { return }
        if !hasHTML { openRoot(implied("html", at: tag.start), 0) }
        hasHead = true
        push(tag, count)
    }

    private mutating func openBody(_ tag: OpenTag, _ count: Int) {
        if !hasHTML { openRoot(implied("html", at: tag.start), 0) }
        hasBody = true
        hasHead = true
        if let head = stack.firstIndex(where: { $0.traits.kind == .head }) { popTo(head, end: tag.start) }
        push(tag, count)
    }

    mutating func openBody(at place: Int) { openBody(implied("body", at: place), 0) }

    /// Before the body: what belongs into the head goes there, anything else begins the body.
    private mutating func preparePlace(for tag: OpenTag) {
        guard let top = stack.last else {
            if tag.traits.flags.contains(.headContent) { return openHead(implied("head", at: tag.start), 0) }
            return openBody(at: tag.start)
        }
        let isHeadContent = tag.traits.flags.contains(.headContent)
        switch top.traits.kind {
        case .head where !isHeadContent: openBody(at: tag.start)
        case .html:
            if isHeadContent, !hasHead {
                openHead(implied("head", at: tag.start), 0)
            } else if !isHeadContent {
                openBody(at: tag.start)
            }
        default: break
        }
    }

    // MARK: Ends that are left out

    private mutating func endImplied(by tag: OpenTag) {
        let traits = tag.traits
        if traits.flags.contains(.endsParagraph), openNames.has(UInt8(ascii: "p")) { endParagraph(at: tag.start) }
        switch traits.kind {
        case .heading:
            if stack.last?.traits.kind == .heading { pop(end: tag.start) }
        case .li: endItem(.li, at: tag.start)
        case .definition: endItem(.definition, at: tag.start)
        case .option:
            if stack.last?.traits.kind == .option { pop(end: tag.start) }
        case .optionGroup:
            if stack.last?.traits.kind == .option { pop(end: tag.start) }
            if stack.last?.traits.kind == .optionGroup { pop(end: tag.start) }
        case .ruby:
            if stack.last?.traits.kind == .ruby { pop(end: tag.start) }
        case .a: endAnchor(at: tag.start)
        case .button: endButton(at: tag.start)
        case .row: endTableParts(TagTraits.Kinds(.cell) | .row | .caption | .columns, at: tag.start)
        case .cell: endTableParts(TagTraits.Kinds(.cell) | .caption | .columns, at: tag.start)
        case .section, .caption, .columns:
            endTableParts(TagTraits.Kinds(.cell) | .row | .section | .caption | .columns, at: tag.start)
        default: break
        }
    }

    private mutating func endParagraph(at place: Int) {
        for depth in stride(from: stack.count - 1, through: 0, by: -1) {
            let kind = stack[depth].traits.kind
            if kind == .p { return popTo(depth, end: place) }
            if kind == .button || stack[depth].traits.flags.contains(.barrier) { return }
        }
    }

    /// Ends an open list item (or dt, dd) unless another list began in it.
    private mutating func endItem(_ kind: TagTraits.Kind, at place: Int) {
        for depth in stride(from: stack.count - 1, through: 0, by: -1) {
            let element = stack[depth]
            if element.traits.kind == kind { return popTo(depth, end: place) }
            guard element.traits.flags.contains(.special), element.traits.kind != .p, !Self.isTransparent(element.name)
            else {
                continue
            }
            return
        }
    }

    private static func isTransparent(_ name: TagName) -> Bool { name == transparentDiv || name == transparentAddress }

    private mutating func endAnchor(at place: Int) {
        guard openNames.has(UInt8(ascii: "a")) else { return }
        for depth in stride(from: stack.count - 1, through: 0, by: -1) {
            let element = stack[depth]
            if element.traits.kind == .a {
                if stack[(depth + 1)...].contains(where: { $0.traits.flags.contains(.special) }) {
                    stack[depth].isOver = true
                } else {
                    popTo(depth, end: place)
                }
                return
            }
            if element.traits.flags.contains(.barrier) { return }
        }
    }

    private mutating func endButton(at place: Int) {
        for depth in stride(from: stack.count - 1, through: 0, by: -1) {
            if stack[depth].traits.kind == .button { return popTo(depth, end: place) }
            if stack[depth].traits.flags.contains(.barrier) { return }
        }
    }

    /// Ends the outermost of these parts that is open in the current table.
    private mutating func endTableParts(_ kinds: TagTraits.Kinds, at place: Int) {
        var outermost: Int?
        for depth in stride(from: stack.count - 1, through: 0, by: -1) {
            let kind = stack[depth].traits.kind
            if kind == .table || kind == .template || kind == .html { break }
            if kinds.contains(kind) { outermost = depth }
        }
        if let outermost { popTo(outermost, end: place) }
    }

    // MARK: Content that is not markup

    /// Hands over everything up to the element's end tag as text.
    private mutating func rawContent(of tag: OpenTag, isRaw: Bool) {
        let isKept = overflow == 0
        let length = tag.nameEnd - tag.nameStart
        var index = at
        var stop = end
        while let less = source.find("</", from: index, to: end) {
            let after = less + 2 + length
            if after < end, TagName(source, less + 2, after, folding: true) == tag.name, endsRawName(source[after]) {
                stop = less
                break
            }
            index = less + 2
        }
        var start = at
        if tag.traits.flags.contains(.escapable), start < stop, source[start] == ByteClass.newline { start += 1 }
        if stop > start, isKept { sink.text(start, stop, isRaw: isRaw) }
        let after = stop + 2 + length
        at = after < end ? source.find(UInt8(ascii: ">"), from: after, to: end).map { $0 + 1 } ?? end : end
        if isKept { pop(end: at) } else { overflow -= 1 }
    }

    private func endsRawName(_ byte: UInt8) -> Bool {
        ByteClass.isSpace(byte) || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }

    /// A newline right after `<pre>` is not part of its text.
    private mutating func skipNewline() {
        if at < end, source[at] == ByteClass.carriageReturn { at += 1 }
        if at < end, source[at] == ByteClass.newline { at += 1 }
    }

    // MARK: Drawings and formulas

    /// Opens a tag inside svg or math; false when HTML's own rules apply because the tag ends the drawing or stands in
    /// an island of HTML.
    private mutating func openInForeign(_ tag: OpenTag, _ count: Int, _ isSelfClosing: Bool) -> Bool {
        guard let inner = stack.lastIndex(where: { $0.traits.kind == .foreign || $0.traits.kind == .integration })
        else { return false }
        if stack[inner].traits.kind == .integration { return false }
        if tag.traits.flags.contains(.leavesForeign) {
            let outer = stack[...inner].lastIndex { $0.traits.kind != .foreign } ?? -1
            popTo(outer + 1, end: tag.start)
            return false
        }
        var tag = tag
        if tag.traits.kind != .foreign, tag.traits.kind != .integration { tag.traits = .unknown }
        if isSelfClosing { pass(tag, count) } else { push(tag, count) }
        if table[tag.name].flags.contains(.raw), !isSelfClosing { rawContent(of: tag, isRaw: true) }
        return true
    }
}

private let transparentDiv = TagName("div")
private let transparentAddress = TagName("address")

/// Writes the text a person would read on a page, line by line, while the page is being parsed.
///
/// ```
///                 block, br, hr, li, row                       visible byte
/// in a line ─────────────────────────────► between lines ─────────────────────► in a line
///   white space: at most one blank           breaks and marks are owed:          first owed breaks, indentation,
///   before the next visible byte             at most one blank line              list mark, tabs, then the byte
/// ```
/// The rules are those of a browser's `innerText` (HTML standard 3.2.7) where they say something: blocks on their own
/// lines, cells of a row separated by a tab, white space collapsed outside `pre`. Ours are: one blank line at most,
/// list items marked `*` or by number and indented by their depth, `hr` as `---`, a no-break space as a plain one. What
/// the sink owes is written only when something visible follows, so empty elements leave no trace. Attributes besides
/// `hidden`, `style`, `start`, `value` and (for links) `href` have no influence.
struct TextRenderer: MarkupSink {
    static var wantsAllAttributes: Bool { false }

    /// Deeper lists are indented no further, so that the text cannot outgrow the page without bound.
    static var indentLimit: Int { 16 }
    /// The most bytes that `startLine` writes besides the line's own content.
    static var lineSlack: Int { 96 }

    struct List {
        var isOrdered: Bool
        var next: Int
    }

    /// Where the text stands in a table.
    struct Row {
        /// Cells begun in this row, and the tabs written for them.
        var cells = 0, tabs = 0
        var hasContent = false, isInCell = false, cellHasContent = false
        /// The current cell has more than one line, so the next one starts on a new line instead of after a tab.
        var isBroken = false
        /// How much text there was when the table began.
        var textBefore = 0
    }

    // Safety: whoever makes a renderer lends it the source until the text is taken from it; places in it come from
    // the parser.
    let source: UnsafeBufferPointer<UInt8>
    let rendersLinks: Bool
    let byteKinds = ByteKinds.table
    var out: TextBuffer

    /// Line breaks owed before the next visible byte: 0, 1, or 2 for a blank line.
    var breaks = 0
    var owesSpace = false
    var lineIsEmpty = true
    /// Something besides a space is owed, so the next visible byte takes the slow way.
    var owesMore = true
    var lineStart = 0

    var hiddenDepth = 0
    var preDepth = 0
    var indent = 0
    var lists: [List] = []
    var rows: [Row] = []
    var itemMark: [UInt8] = []
    var link: (start: Int, end: Int)?
    var linkIsOpen = false
    var titleRange: (start: Int, end: Int)?
    var isInTitle = false

    init(_ source: UnsafeBufferPointer<UInt8>, rendersLinks: Bool) {
        self.source = source
        self.rendersLinks = rendersLinks
        out = TextBuffer(capacity: source.count / 2 + 256)
    }

    // MARK: Elements

    mutating func open(_ tag: OpenTag, _ attributes: UnsafeBufferPointer<AttributeSpan>) {
        open(tag, attributes, isAskedFor: false)
    }

    /// As above; an element that was asked for is shown whatever its attributes say.
    mutating func open(_ tag: OpenTag, _ attributes: UnsafeBufferPointer<AttributeSpan>, isAskedFor: Bool) {
        let flags = tag.traits.flags
        if hiddenDepth > 0 {
            hiddenDepth += 1
            if tag.traits.kind == .title, titleRange == nil { isInTitle = true }
            return
        }
        if flags.contains(.unseen) || (!isAskedFor && isHidden(tag, attributes)) {
            hiddenDepth = 1
            if tag.traits.kind == .title, titleRange == nil { isInTitle = true }
            return
        }
        if flags.contains(.block), tag.traits.kind == .table || !isAtCellStart { owe(flags.contains(.margin) ? 2 : 1) }
        if flags.contains(.indented) { indent += 1 }
        if tag.traits.kind != .other { begin(tag, attributes) }
    }

    private mutating func begin(_ tag: OpenTag, _ attributes: UnsafeBufferPointer<AttributeSpan>) {
        switch tag.traits.kind {
        case .br:
            breaks = min(2, breaks + 1)
            owesMore = true
        case .hr: rule()
        case .pre, .plaintext: preDepth += 1
        case .list: lists.append(List(isOrdered: false, next: 1))
        case .orderedList:
            lists.append(List(isOrdered: true, next: number("start", attributes) ?? 1))
        case .li: beginItem(attributes)
        case .table: rows.append(Row(textBefore: out.count))
        case .row:
            if let row = rows.last { rows[rows.count - 1] = Row(textBefore: row.textBefore) }
        case .cell: beginCell()
        case .a: if rendersLinks { beginLink(attributes) }
        default: break
        }
    }

    mutating func close(_ traits: TagTraits, end: Int) {
        if hiddenDepth > 0 {
            hiddenDepth -= 1
            isInTitle = false
            return
        }
        if traits.flags.contains(.block) {
            if !itemMark.isEmpty { itemMark.removeAll(keepingCapacity: true) }
            if !isAtCellStart { owe(traits.flags.contains(.margin) ? 2 : 1) }
        }
        if traits.flags.contains(.indented) { indent -= 1 }
        switch traits.kind {
        case .pre, .plaintext: preDepth -= 1
        case .list, .orderedList: _ = lists.popLast()
        case .table: endTable()
        case .cell:
            if !rows.isEmpty { rows[rows.count - 1].isInCell = false }
        case .a: endLink()
        default: break
        }
    }

    /// Blocks that begin a cell do not begin a line when the row has cells before it.
    @inline(__always)
    private var isAtCellStart: Bool {
        guard let row = rows.last else { return false }
        return row.isInCell && row.hasContent && !row.cellHasContent
    }

    /// Owes `lines` breaks; a list item whose mark is not yet written keeps its own line.
    @inline(__always)
    private mutating func owe(_ lines: Int) {
        if !itemMark.isEmpty { return }
        if lines > breaks { breaks = lines }
        owesMore = true
    }

    private mutating func rule() {
        out.reserve(Self.lineSlack + 8)
        owe(1)
        startLine()
        for _ in 0..<3 { out.put(UInt8(ascii: "-")) }
        lineIsEmpty = false
        owe(1)
    }

    private mutating func beginItem(_ attributes: UnsafeBufferPointer<AttributeSpan>) {
        itemMark.removeAll(keepingCapacity: true)
        owe(1)
        guard let list = lists.last, list.isOrdered else {
            itemMark.append(contentsOf: [UInt8(ascii: "*"), 0x20])
            return
        }
        let value = number("value", attributes) ?? list.next
        lists[lists.count - 1].next = value + 1
        itemMark.append(contentsOf: Array("\(value). ".utf8))
    }

    private mutating func beginCell() {
        guard var row = rows.last else { return }
        if row.hasContent { breaks = row.isBroken ? 1 : 0 }
        row.cells += 1
        row.isInCell = true
        row.cellHasContent = false
        row.isBroken = false
        rows[rows.count - 1] = row
        owesSpace = false
        owesMore = true
    }

    private mutating func endTable() {
        guard let row = rows.popLast(), out.count > row.textBefore, !rows.isEmpty else { return }
        rows[rows.count - 1].hasContent = true
        rows[rows.count - 1].cellHasContent = true
        rows[rows.count - 1].isBroken = true
    }

    // MARK: Attributes

    private func isHidden(_ tag: OpenTag, _ attributes: UnsafeBufferPointer<AttributeSpan>) -> Bool {
        if attributes.isEmpty || tag.traits.kind == .body || tag.traits.kind == .html { return false }
        for attribute in attributes {
            let start = Int(attribute.nameStart), end = Int(attribute.nameEnd)
            if end - start == 6, source.hasWord("hidden", at: start, to: end) { return true }
            if end - start == 5, source.hasWord("style", at: start, to: end) {
                if hidesByStyle(Int(attribute.valueStart), Int(attribute.valueEnd)) { return true }
            }
        }
        return false
    }

    /// Whether a style says `display: none`.
    private func hidesByStyle(_ start: Int, _ end: Int) -> Bool {
        var index = start
        while index + 12 <= end {
            guard source[index] | 0x20 == UInt8(ascii: "d"), source.hasWord("display", at: index, to: end),
                index == start || !isWordByte(source[index - 1])
            else {
                index += 1
                continue
            }
            index += 7
            while index < end, ByteClass.isSpace(source[index]) { index += 1 }
            guard index < end, source[index] == UInt8(ascii: ":") else { continue }
            index += 1
            while index < end, ByteClass.isSpace(source[index]) { index += 1 }
            if source.hasWord("none", at: index, to: end) { return true }
        }
        return false
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        ByteClass.isLetter(byte) || ByteClass.isDigit(byte) || byte == UInt8(ascii: "-")
    }

    private func number(_ word: StaticString, _ attributes: UnsafeBufferPointer<AttributeSpan>) -> Int? {
        for attribute in attributes {
            let start = Int(attribute.nameStart), end = Int(attribute.nameEnd)
            guard end - start == word.utf8CodeUnitCount, source.hasWord(word, at: start, to: end) else { continue }
            let value = source[Int(attribute.valueStart)..<Int(attribute.valueEnd)].prefix(10)
            return Int(String(decoding: value, as: UTF8.self)).flatMap { abs($0) < 1_000_000_000 ? $0 : nil }
        }
        return nil
    }

    // MARK: Links

    private mutating func beginLink(_ attributes: UnsafeBufferPointer<AttributeSpan>) {
        link = nil
        for attribute in attributes where attribute.nameEnd - attribute.nameStart == 4 {
            guard source.hasWord("href", at: Int(attribute.nameStart), to: Int(attribute.nameEnd)) else { continue }
            link = (Int(attribute.valueStart), Int(attribute.valueEnd))
            linkIsOpen = false
            owesMore = true
            return
        }
    }

    private mutating func endLink() {
        guard let target = link else { return }
        link = nil
        guard linkIsOpen else { return }
        linkIsOpen = false
        out.append([UInt8(ascii: "]"), UInt8(ascii: "(")])
        out.append(CharacterReference.decoded(source, target.start, target.end, inAttribute: true).filter { $0 > 0x20 })
        out.append([UInt8(ascii: ")")])
    }

    // MARK: Lines

    /// Writes what is owed before a visible byte; the caller has reserved `lineSlack` bytes.
    @inline(never)
    mutating func startLine() {
        let isBreaking = breaks > 0 && out.count > 0
        if isBreaking { putBreaks() }
        if lineIsEmpty { putIndent() }
        if !rows.isEmpty { putTabs(isBreaking: isBreaking) }
        if !itemMark.isEmpty {
            for byte in itemMark.prefix(16) { out.put(byte) }
            itemMark.removeAll(keepingCapacity: true)
        } else if owesSpace, !lineIsEmpty, out.count > 0, out.base[out.count - 1] != ByteClass.tab {
            out.put(ByteClass.space)
        }
        if link != nil, !linkIsOpen {
            out.put(UInt8(ascii: "["))
            linkIsOpen = true
        }
        breaks = 0
        owesSpace = false
        lineIsEmpty = false
        owesMore = false
    }

    private mutating func putBreaks() {
        out.trimEnd(downTo: lineStart)
        var there = 0
        while there < 2, there < out.count, out.base[out.count - 1 - there] == ByteClass.newline { there += 1 }
        while there < breaks {
            out.put(ByteClass.newline)
            there += 1
        }
        lineIsEmpty = true
    }

    private mutating func putIndent() {
        lineStart = out.count
        var steps = min(indent, Self.indentLimit)
        if !itemMark.isEmpty, steps > 0 { steps -= 1 }
        for _ in 0..<(steps * 2) { out.put(ByteClass.space) }
    }

    /// Tabs for the cells since the last one with content; never more than 32 in one place.
    private mutating func putTabs(isBreaking: Bool) {
        var row = rows[rows.count - 1]
        if isBreaking {
            if row.cellHasContent { row.isBroken = true }
            if row.hasContent { row.tabs = row.cells - 1 }
        }
        if !row.cellHasContent {
            for _ in 0..<max(0, min(32, row.cells - 1 - row.tabs)) { out.put(ByteClass.tab) }
            row.tabs = row.cells - 1
        }
        row.cellHasContent = true
        row.hasContent = true
        rows[rows.count - 1] = row
    }
}

/// A tag's name as one number, so that names are compared without their letters.
///
/// Names of up to eight bytes are packed and therefore exact; longer ones are hashed with the highest bit set, which no
/// packed ASCII name has.
struct TagName: Hashable, Sendable {
    let key: UInt64

    @inline(__always)
    init(key: UInt64) { self.key = key }

    /// Reads the name at `start..<end`; HTML folds its case, XML does not.
    ///
    /// Safety: reads only that range, which lies inside of the source.
    @inline(__always)
    init(_ source: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, folding: Bool) {
        var key: UInt64 = 0
        if end - start <= 8 {
            for index in start..<end {
                let byte = source[index]
                key = key << 8 | UInt64(folding ? ByteClass.lower(byte) : byte)
            }
            self.key = key
            return
        }
        key = NamedCharacters.seed
        for index in start..<end {
            key = NamedCharacters.mix(key, folding ? ByteClass.lower(source[index]) : source[index])
        }
        self.key = key | 1 << 63
    }

    init(_ text: some StringProtocol, folding: Bool = true) {
        self = Array(text.utf8).withUnsafeBufferPointer { TagName($0, 0, $0.count, folding: folding) }
    }
}

/// What HTML says about an element by its name alone; names it does not know are `.other` without traits.
struct TagTraits: Sendable {
    /// Elements whose name the parser or the renderer asks for.
    enum Kind: UInt8, Sendable {
        case other, html, head, body, title, p, li, list, orderedList, definition, table, section, row, cell, caption,
            columns
        case a, br, hr, pre, option, optionGroup, foreign, integration, template, button, heading, plaintext, image,
            ruby
    }

    /// Some kinds, by their raw values.
    struct Kinds: Sendable {
        private let bits: UInt32

        @inline(__always)
        init(_ kind: Kind) { bits = 1 << UInt32(kind.rawValue) }

        @inline(__always)
        private init(bits: UInt32) { self.bits = bits }

        @inline(__always)
        static func | (kinds: Kinds, kind: Kind) -> Kinds { Kinds(bits: kinds.bits | 1 << UInt32(kind.rawValue)) }

        @inline(__always)
        func contains(_ kind: Kind) -> Bool { bits & 1 << UInt32(kind.rawValue) != 0 }
    }

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt16
        /// Has neither content nor end tag.
        static let void = Flags(rawValue: 1 << 0)
        /// An end tag of an inline element does not reach through it ("special" in the standard).
        static let special = Flags(rawValue: 1 << 1)
        /// Its start tag ends an open paragraph.
        static let endsParagraph = Flags(rawValue: 1 << 2)
        /// Stands on lines of its own.
        static let block = Flags(rawValue: 1 << 3)
        /// A blank line goes before and after it.
        static let margin = Flags(rawValue: 1 << 4)
        /// No person sees its content.
        static let unseen = Flags(rawValue: 1 << 5)
        /// Its content is text up to its end tag, without tags or references.
        static let raw = Flags(rawValue: 1 << 6)
        /// Its content is text up to its end tag, with references.
        static let escapable = Flags(rawValue: 1 << 7)
        /// May stand in the head.
        static let headContent = Flags(rawValue: 1 << 8)
        /// A formatting element, which may end before what it contains.
        static let formatting = Flags(rawValue: 1 << 9)
        /// What is open outside of it cannot be ended from inside.
        static let barrier = Flags(rawValue: 1 << 10)
        /// Ends an open drawing or formula, in which it cannot stand.
        static let leavesForeign = Flags(rawValue: 1 << 11)
        /// Its content is set in one step.
        static let indented = Flags(rawValue: 1 << 12)
    }

    var kind: Kind = .other
    var flags: Flags = []

    static let unknown = TagTraits()

    /// The traits by name, in 1,024 places of open addressing; key 0 marks a free one.
    static let table: TraitTable = TraitTable(list)

    private static let list: [(String, TagTraits)] = {
        var rows: [(String, TagTraits)] = []
        func add(_ names: String, _ kind: Kind = .other, _ flags: Flags) {
            for name in names.split(separator: " ") { rows.append((String(name), TagTraits(kind: kind, flags: flags))) }
        }
        let block: Flags = [.special, .endsParagraph, .block, .leavesForeign]
        add("html", .html, [.special, .barrier])
        add("head", .head, [.special, .unseen, .leavesForeign])
        add("body", .body, [.special, .block, .leavesForeign])
        add("title", .title, [.special, .escapable, .unseen, .headContent])
        add("p", .p, block.union(.margin))
        add("li", .li, block)
        add("ul dir menu", .list, block.union([.margin, .indented]))
        add("ol", .orderedList, block.union([.margin, .indented]))
        add("dl", .other, block.union(.margin))
        add("dt", .definition, block)
        add("dd", .definition, block.union(.indented))
        add("blockquote", .other, block.union([.margin, .indented]))
        add("h1 h2 h3 h4 h5 h6", .heading, block.union(.margin))
        add("pre listing", .pre, block.union(.margin))
        add("xmp", .pre, block.union([.margin, .raw]))
        add("figure form fieldset", .other, block)
        add("address article aside center details dialog div figcaption footer header hgroup main nav", .other, block)
        add("section search summary", .other, block)
        add("legend", .other, [.block])
        add("table", .table, [.special, .endsParagraph, .block, .margin, .barrier, .leavesForeign])
        add("tbody thead tfoot", .section, [.special, .block])
        add("tr", .row, [.special, .block])
        add("td th", .cell, [.special, .barrier])
        add("caption", .caption, [.special, .block, .barrier])
        add("colgroup", .columns, [.special])
        add("col", .other, [.special, .void])
        add("a", .a, [.formatting])
        add("b big code em font i nobr s small strike strong tt u", .other, [.formatting, .leavesForeign])
        add("span sub sup var", .other, [.leavesForeign])
        // Text on one line cannot stand above another, so the parentheses meant for that case are shown.
        add("rp rt rtc rb", .ruby, [])
        add("br", .br, [.special, .void, .leavesForeign])
        add("hr", .hr, [.special, .void, .endsParagraph, .leavesForeign])
        add("img", .image, [.special, .void, .leavesForeign])
        add("area embed input keygen param source track wbr", .other, [.special, .void])
        add("base basefont bgsound link meta", .other, [.special, .void, .headContent])
        add("script style", .other, [.special, .raw, .unseen, .headContent])
        add("iframe noembed noframes", .other, [.special, .raw, .unseen])
        add("noscript", .other, [.special, .unseen, .headContent])
        add("textarea", .other, [.special, .escapable])
        add("template", .template, [.special, .unseen, .barrier, .headContent])
        add("svg math", .foreign, [.unseen])
        add("foreignobject annotation-xml desc", .integration, [.barrier])
        add("canvas audio video datalist", .other, [.unseen])
        add("object applet marquee", .other, [.special, .barrier])
        add("button", .button, [.special])
        add("select", .other, [.special])
        add("option", .option, [.block])
        add("optgroup", .optionGroup, [.block])
        add("plaintext", .plaintext, block.union(.margin))
        return rows
    }()
}

/// A table from names to traits that is written once and read by every parser.
///
/// Safety: the memory is filled in `init`, never written again and never freed, since the one table lives as long as
/// the process.
struct TraitTable: @unchecked Sendable {
    private let keys: UnsafeMutablePointer<UInt64>
    private let traits: UnsafeMutablePointer<TagTraits>
    private static let size = 1024

    init(_ rows: [(String, TagTraits)]) {
        keys = .allocate(capacity: Self.size)
        keys.initialize(repeating: 0, count: Self.size)
        traits = .allocate(capacity: Self.size)
        traits.initialize(repeating: .unknown, count: Self.size)
        for (name, row) in rows {
            let key = TagName(name).key
            var place = Self.place(key)
            while keys[place] != 0 { place = (place + 1) & (Self.size - 1) }
            keys[place] = key
            traits[place] = row
        }
    }

    @inline(__always)
    private static func place(_ key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> 54) }

    @inline(__always)
    subscript(name: TagName) -> TagTraits {
        var place = Self.place(name.key)
        while keys[place] != 0 {
            if keys[place] == name.key { return traits[place] }
            place = (place + 1) & (Self.size - 1)
        }
        return .unknown
    }
}

/// What a byte adds to the name of an HTML tag: itself in lower case, or 0 when it ends the name.
///
/// Safety: the memory is filled once, never written again and never freed.
struct NameBytes: @unchecked Sendable {
    static let table = NameBytes()
    private let bytes: UnsafeMutablePointer<UInt8>

    private init() {
        bytes = .allocate(capacity: 256)
        for value in 0..<256 {
            let byte = UInt8(value)
            let ends = ByteClass.isSpace(byte) || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
            // A NUL is part of the name, and no other byte is 0xFF in UTF-8.
            (bytes + value).initialize(to: ends ? 0 : byte == 0 ? 0xFF : ByteClass.lower(byte))
        }
    }

    @inline(__always)
    subscript(byte: UInt8) -> UInt8 { bytes[Int(byte)] }
}

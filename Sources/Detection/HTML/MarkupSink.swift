/// Takes what `MarkupParser` finds: elements that open and close in balance, and the text between them.
///
/// Two sinks exist: one writes the text a person sees at once, the other builds a tree for selectors.
protocol MarkupSink {
    /// Whether every attribute is to be handed over, or only those that `isWantedAttribute` names.
    static var wantsAllAttributes: Bool { get }

    /// An element begins; the attributes are valid during the call only.
    ///
    /// Safety: the parser owns what it lends here, and it is gone when the call returns.
    mutating func open(_ tag: OpenTag, _ attributes: UnsafeBufferPointer<AttributeSpan>)

    /// Text stands at `start..<end` of the source, with references to be read or raw.
    mutating func text(_ start: Int, _ end: Int, isRaw: Bool)

    /// The element opened last ends; what belongs to it in the source ends at `end`.
    mutating func close(_ traits: TagTraits, end: Int)
}

/// A start tag, as places in the source; an element nobody wrote (an implied body) has an empty `name`.
struct OpenTag {
    var name: TagName
    var traits: TagTraits
    /// Where the `<` stands.
    var start: Int
    var nameStart: Int
    var nameEnd: Int
}

/// One attribute, as places in the source; without a value `valueStart` equals `valueEnd`.
struct AttributeSpan {
    var nameStart: Int32
    var nameEnd: Int32
    var valueStart: Int32
    var valueEnd: Int32
}

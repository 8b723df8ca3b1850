/// Compares attributes with what selectors ask, on the page's own bytes wherever no reference stands in them.
enum AttributeMatch {
    /// The attributes whose values are compared in any case in HTML (HTML, 4.16.2 "Case-sensitivity of selectors").
    private static let anyCase = Set(
        """
        accept accept-charset align alink axis bgcolor charset checked clear codetype color compact declare defer dir
        direction disabled enctype face frame hreflang http-equiv lang language link media method multiple nohref noresize
        noshade nowrap readonly rel rev rules scope scrolling selected shape target text type valign valuetype vlink
        """.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) })

    static func equals(_ tree: MarkupTree, _ attribute: AttributeSpan, _ wanted: [UInt8]) -> Bool {
        withValue(tree, attribute) { $0.elementsEqual(wanted) }
    }

    /// Whether `word` is one of the words of the value.
    static func includes(_ tree: MarkupTree, _ attribute: AttributeSpan, _ word: [UInt8]) -> Bool {
        withValue(tree, attribute) { hasWord($0, word) }
    }

    static func matches(_ tree: MarkupTree, _ attribute: AttributeSpan, _ test: CSSSelector.AttributeTest) -> Bool {
        if test.relation == .exists { return true }
        guard test.ignoresCase ?? (tree.isHTML && anyCase.contains(test.name)) else {
            return withValue(tree, attribute) { holds($0, test.relation, test.value) }
        }
        let folded = withValue(tree, attribute) { $0.map(ByteClass.lower) }
        // Safety: all that gets these bytes compares each place with their count, and keeps none of them.
        return folded.withUnsafeBufferPointer { holds($0, test.relation, test.value.map(ByteClass.lower)) }
    }

    private static func withValue<Result>(
        _ tree: MarkupTree, _ attribute: AttributeSpan, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        let range = Int(attribute.valueStart)..<Int(attribute.valueEnd)
        if tree.source.find(UInt8(ascii: "&"), from: range.lowerBound, to: range.upperBound) == nil {
            return body(UnsafeBufferPointer(rebasing: tree.source[range]))
        }
        return tree.value(attribute).withUnsafeBufferPointer(body)
    }

    private static func holds(
        _ value: UnsafeBufferPointer<UInt8>, _ relation: CSSSelector.AttributeTest.Operator, _ wanted: [UInt8]
    ) -> Bool {
        switch relation {
        case .exists: return true
        case .equals: return value.elementsEqual(wanted)
        case .includes: return hasWord(value, wanted)
        case .dash:
            return value.starts(with: wanted)
                && (value.count == wanted.count || value[wanted.count] == UInt8(ascii: "-"))
        // An empty text is at no place of a value (Selectors level 4, 6.2).
        case .prefix: return !wanted.isEmpty && value.starts(with: wanted)
        case .suffix:
            return !wanted.isEmpty && value.count >= wanted.count && value.suffix(wanted.count).elementsEqual(wanted)
        case .substring: return !wanted.isEmpty && find(value, wanted)
        }
    }

    private static func hasWord(_ value: UnsafeBufferPointer<UInt8>, _ word: [UInt8]) -> Bool {
        guard !word.isEmpty, value.count >= word.count else { return false }
        var start = 0
        while start < value.count {
            while start < value.count, ByteClass.isSpace(value[start]) { start += 1 }
            var end = start
            while end < value.count, !ByteClass.isSpace(value[end]) { end += 1 }
            if end - start == word.count, value[start..<end].elementsEqual(word) { return true }
            start = end
        }
        return false
    }

    static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { find($0, word) }
    }

    private static func find(_ text: UnsafeBufferPointer<UInt8>, _ word: [UInt8]) -> Bool {
        guard let first = word.first else { return true }
        var index = 0
        while let place = text.find(first, from: index, to: text.count), text.count - place >= word.count {
            if text[place..<(place + word.count)].elementsEqual(word) { return true }
            index = place + 1
        }
        return false
    }
}

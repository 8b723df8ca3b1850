import Patterns

/// A compiled JSONPath: RFC 9535, and what users of the incumbent write besides (the extensions of jsonpath-ng).
///
/// Of those: the root may be left out (`items[*].name`), names in brackets need no quotes, a filter may name a field
/// without `@` and compare it with a bare word, `=~` searches for a regex, `=` and `&` are taken for `==` and `&&`, a
/// number is compared with text that spells one, a comparison holds when it does for any of the values found, `|` joins
/// two queries, or two steps when no `$` follows (`$.item[*].(title|price)`, `$.item[*].title|price`), `+ - * /`
/// calculate with what queries find, `where` and `wherenot` keep values by what one step finds in them, `[/field]` and
/// `[\field]` sort, and the named operators `` `len` ``, `` `keys` ``, `` `this` ``, `` `parent` ``, `` `sorted` ``, ``
/// `str()` ``, `` `sub(/regex/, text)` `` and `` `split(separator, index, most)` ``.
struct JSONPath: Sendable {
    let source: String
    /// Joined by `|`; each finds its own.
    let parts: [Part]

    /// What stands between two `|`.
    indirect enum Part: Sendable {
        case query(Query)
        case literal(JSONTree.Value)
        case arithmetic(Arithmetic, Part, Part)
    }

    enum Arithmetic: Sendable { case add, subtract, multiply, divide }

    struct Query: Sendable {
        var isAbsolute = true
        var segments: [Segment] = []

        /// Whether it finds one value at most.
        var isSingular: Bool {
            segments.allSatisfy { segment in
                guard !segment.isDescendant, segment.selectors.count == 1 else { return false }
                switch segment.selectors[0] {
                case .name, .index: return true
                default: return false
                }
            }
        }
    }

    struct Segment: Sendable {
        let isDescendant: Bool
        let selectors: [Selector]
    }

    indirect enum Selector: Sendable {
        case name([UInt8])
        case wildcard
        case index(Int)
        case slice(start: Int?, end: Int?, step: Int)
        case filter(Condition)
        case sort([SortKey])
        case named(Operator)
        /// What the query in brackets finds from here.
        case path(Query)
        /// The value itself, when the query finds something in it, or with `isNegated` nothing.
        case having(Query, isNegated: Bool)
    }

    struct SortKey: Sendable {
        let query: Query
        let isDescending: Bool
    }

    enum Operator: Sendable {
        case this, parent, length, keys, sorted, text
        case substitute(Pattern, with: [UInt8])
        case split(separator: [UInt8], index: Int, most: Int)
    }

    indirect enum Condition: Sendable {
        case or([Condition])
        case and([Condition])
        case not(Condition)
        case exists(Query)
        case compares(Operand, Comparison, Operand)
        case matches(Operand, Pattern)
    }

    enum Comparison: Sendable { case equal, unequal, less, lessOrEqual, greater, greaterOrEqual }

    indirect enum Operand: Sendable {
        case literal(JSONTree.Value)
        /// Each value that it finds, or nothing.
        case query(Query)
        /// The one value that it finds, or nothing.
        case value(Query)
        case length(Operand)
        case count(Query)
    }

    /// Fails with a sentence for whoever typed it.
    init(_ source: String) throws(SelectorError) {
        var parser = JSONPathParser(source)
        parts = try parser.parse()
        self.source = source
    }
}

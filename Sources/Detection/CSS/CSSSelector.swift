/// A compiled group of CSS selectors (Selectors level 4, as far as pages without a browser have meaning for it).
struct CSSSelector: Sendable {
    var alternatives: [Complex]

    /// Compounds from right to left, each with what joins it to the one before it in this list.
    struct Complex: Sendable {
        var compounds: [Compound]
        /// One fewer than compounds: how the compound at the same index relates to the next.
        var combinators: [Combinator]
    }

    enum Combinator: Sendable { case descendant, child, adjacent, sibling }

    struct Compound: Sendable {
        /// nil for `*` or none.
        var name: TagName?
        var tests: [Test] = []
    }

    enum Test: Sendable {
        case id([UInt8])
        case className([UInt8])
        case attribute(AttributeTest)
        case nth(Nth)
        case any(CSSSelector)
        case not(CSSSelector)
        /// Each alternative ends, on its left, in the element itself.
        case has(CSSSelector)
        case scope, root, empty
        /// No element with a name of its own, which only a page's script can give a meaning.
        case defined
        case form(FormState)
        case language([LanguageRange])
        case direction(isRightToLeft: Bool)
        /// The text holds one of these; of the element alone when `own`.
        case contains([[UInt8]], own: Bool)
    }

    /// What selectors cannot say of a form's controls.
    enum FormState: Sendable { case `default`, indeterminate, editable, withoutValue, inRange, outOfRange }

    struct AttributeTest: Sendable {
        enum Operator: Sendable { case exists, equals, includes, dash, prefix, suffix, substring }
        var name: [UInt8]
        var relation: Operator
        var value: [UInt8] = []
        /// As the selector says; nil leaves it to the attribute.
        var ignoresCase: Bool?
    }

    /// `an+b` counted from the start or the end, among all siblings, those of the same type, or those that match a
    /// selector.
    struct Nth: Sendable {
        var step: Int
        var offset: Int
        var fromEnd = false
        var ofType = false
        var among: CSSSelector?

        func accepts(_ position: Int) -> Bool {
            let distance = position - offset
            return step == 0 ? distance == 0 : distance % step == 0 && distance / step >= 0
        }
    }
}

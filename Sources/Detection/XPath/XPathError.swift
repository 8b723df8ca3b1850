import CLibXML2

/// What libxml2 complains about: of its errors in XPath it tells only a number.
struct XPathError: Error {
    private let number: UInt32

    static let outOfMemory = XPathError(number: XPATH_MEMORY_ERROR.rawValue)

    init(_ error: xmlError) { number = UInt32(bitPattern: error.code) &- XML_XPATH_EXPRESSION_OK.rawValue }

    private init(number: UInt32) { self.number = number }

    var isTooManySteps: Bool { number == XPATH_OP_LIMIT_EXCEEDED.rawValue }

    /// The page's declarations may make it right.
    var isUnknownPrefix: Bool { number == XPATH_UNDEF_PREFIX_ERROR.rawValue }

    /// For whoever typed the expression.
    var words: String {
        switch xmlXPathError(rawValue: number) {
        case XPATH_UNDEF_PREFIX_ERROR:
            "the page does not declare its prefix; *[name() = 'a:b'] finds <a:b> as spelled"
        case XPATH_INVALID_CTXT_POSITION, XPATH_INVALID_CTXT_SIZE:
            "position() and last() only work inside [ ]"
        case XPATH_FORBID_VARIABLE_ERROR, XPATH_UNDEF_VARIABLE_ERROR: "it uses a variable that is not defined"
        case XPATH_INVALID_TYPE, XPATH_INVALID_OPERAND:
            "it uses text, a number or true/false where elements are expected"
        case XPATH_INVALID_ARITY: "it calls a function with too few or too many arguments"
        case XPATH_UNFINISHED_LITERAL_ERROR, XPATH_START_LITERAL_ERROR: "a text in it has no closing quote"
        case XPATH_INVALID_PREDICATE_ERROR, XPATH_UNCLOSED_ERROR: "a bracket in it is not closed"
        case XPATH_RECURSION_LIMIT_EXCEEDED, XPATH_STACK_ERROR: "it is nested too deep"
        case XPATH_MEMORY_ERROR: "out of memory"
        default: "it is not an XPath 1.0 expression"
        }
    }
}

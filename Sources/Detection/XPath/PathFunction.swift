import Patterns

/// The functions that an expression may call.
///
/// `fn:` may stand before those of XPath, whose names have no prefix here. What reads documents, the environment or the
/// clock is left out: a page alone decides what is found in it.
enum PathFunction: String, CaseIterable, Sendable {
    // About the context and nodes.
    case last, position, count, id, root, lang, string, number, boolean, not, data
    case localName = "local-name"
    case name
    case nodeName = "node-name"
    case namespaceURI = "namespace-uri"
    case hasChildren = "has-children"
    case innermost, outermost
    case isTrue = "true"
    case isFalse = "false"
    // On texts.
    case concat, contains, substring, translate, matches, replace, tokenize, compare
    case startsWith = "starts-with"
    case endsWith = "ends-with"
    case substringBefore = "substring-before"
    case substringAfter = "substring-after"
    case stringLength = "string-length"
    case normalizeSpace = "normalize-space"
    case lowerCase = "lower-case"
    case upperCase = "upper-case"
    case stringJoin = "string-join"
    case containsToken = "contains-token"
    case codepointEqual = "codepoint-equal"
    case codepointsToString = "codepoints-to-string"
    case stringToCodepoints = "string-to-codepoints"
    case encodeForURI = "encode-for-uri"
    // On numbers.
    case sum, floor, ceiling, round, abs, avg, min, max
    case formatNumber = "format-number"
    case roundHalfToEven = "round-half-to-even"
    // On sequences.
    case empty, exists, head, tail, reverse, subsequence, remove, unordered, sort
    case deepEqual = "deep-equal"
    case distinctValues = "distinct-values"
    case indexOf = "index-of"
    case insertBefore = "insert-before"
    case zeroOrOne = "zero-or-one"
    case oneOrMore = "one-or-more"
    case exactlyOne = "exactly-one"
    // Constructors.
    case xsString = "xs:string"
    case xsInteger = "xs:integer"
    case xsDecimal = "xs:decimal"
    case xsDouble = "xs:double"
    case xsBoolean = "xs:boolean"
    // math: of XPath 3.1 and of EXSLT.
    case mathPi = "math:pi"
    case mathSqrt = "math:sqrt"
    case mathPow = "math:pow"
    case mathPower = "math:power"
    case mathExp = "math:exp"
    case mathLog = "math:log"
    case mathLog10 = "math:log10"
    case mathSin = "math:sin"
    case mathCos = "math:cos"
    case mathTan = "math:tan"
    case mathAbs = "math:abs"
    case mathMin = "math:min"
    case mathMax = "math:max"
    case mathHighest = "math:highest"
    case mathLowest = "math:lowest"
    // EXSLT.
    case reTest = "re:test"
    case reMatch = "re:match"
    case reReplace = "re:replace"
    case strConcat = "str:concat"
    case strTokenize = "str:tokenize"
    case strSplit = "str:split"
    case strReplace = "str:replace"
    case strPadding = "str:padding"
    case strAlign = "str:align"
    case strEncodeURI = "str:encode-uri"
    case strDecodeURI = "str:decode-uri"
    case setDifference = "set:difference"
    case setIntersection = "set:intersection"
    case setDistinct = "set:distinct"
    case setHasSameNode = "set:has-same-node"
    case setLeading = "set:leading"
    case setTrailing = "set:trailing"
    case dateYear = "date:year"
    case dateMonth = "date:month-in-year"
    case dateDay = "date:day-in-month"
    case dateWeekday = "date:day-in-week"
    case dateYearDay = "date:day-in-year"
    case dateHour = "date:hour-in-day"
    case dateMinute = "date:minute-in-hour"
    case dateSecond = "date:second-in-minute"
    case dateDate = "date:date"
    case dateTime = "date:time"
    case dateSeconds = "date:seconds"

    /// The function of that name, with `fn:` and EXSLT's other usual prefixes understood, and how many arguments it
    /// takes.
    static func known(_ written: String) -> (PathFunction, ClosedRange<Int>)? {
        var name = written
        for (prefix, ours) in [("fn:", ""), ("regexp:", "re:"), ("sets:", "set:"), ("dates-and-times:", "date:")]
        where name.hasPrefix(prefix) { name = ours + name.dropFirst(prefix.count) }
        return PathFunction(rawValue: name).map { ($0, $0.argumentCounts) }
    }

    private var argumentCounts: ClosedRange<Int> {
        switch self {
        case .last, .position, .isTrue, .isFalse, .mathPi: 0...0
        case .string, .number, .data, .localName, .name, .nodeName, .namespaceURI, .hasChildren, .root, .stringLength,
            .normalizeSpace:
            0...1
        case .dateYear, .dateMonth, .dateDay, .dateWeekday, .dateYearDay, .dateHour, .dateMinute, .dateSecond,
            .dateDate,
            .dateTime, .dateSeconds:
            1...1
        case .concat: 2...100
        case .strConcat: 1...1
        case .contains, .startsWith, .endsWith, .substringBefore, .substringAfter, .compare: 2...3
        case .deepEqual, .formatNumber, .containsToken, .codepointEqual, .remove, .mathPow, .mathPower, .setDifference,
            .setIntersection,
            .setHasSameNode, .setLeading, .setTrailing:
            2...2
        case .substring, .matches, .subsequence, .indexOf, .reTest, .reMatch, .strAlign: 2...3
        case .translate, .insertBefore, .strReplace: 3...3
        case .replace: 3...4
        case .reReplace: 4...4
        case .tokenize: 1...3
        case .stringJoin, .round, .roundHalfToEven, .strTokenize, .strSplit, .strPadding, .sum, .distinctValues, .lang,
            .min, .max, .sort:
            1...2
        case .strEncodeURI, .strDecodeURI: 1...3
        default: 1...1
        }
    }

    var isBoolean: Bool {
        switch self {
        case .contains, .startsWith, .endsWith, .matches, .not, .boolean, .exists, .empty, .reTest, .containsToken,
            .lang,
            .isTrue, .isFalse, .hasChildren, .setHasSameNode, .codepointEqual, .deepEqual:
            true
        default: false
        }
    }

    // MARK: Regexes

    /// Which argument is a regex.
    var patternPlace: Int? {
        switch self {
        case .matches, .replace, .tokenize, .reTest, .reMatch, .reReplace: 1
        default: nil
        }
    }

    /// Which argument is its flags.
    var flagsPlace: Int? {
        switch self {
        case .matches, .tokenize, .reTest, .reMatch, .reReplace: 2
        case .replace: 3
        default: nil
        }
    }

    /// The regex as this function means it: with the flags of XPath (`i s m x q`), or of EXSLT (`g` is for the caller).
    func pattern(_ regex: [UInt8], flags: [UInt8]) throws(PatternError) -> Pattern {
        var source = String(decoding: regex, as: UTF8.self)
        var ours = "u"
        for flag in String(decoding: flags, as: UTF8.self) {
            switch flag {
            case "i", "s", "m", "x": ours.append(flag)
            case "q": source = "\\Q\(source.replacing("\\E", with: "\\E\\\\E\\Q"))\\E"
            case "g": break
            default: throw PatternError(message: "the flag '\(flag)' is not one of i, s, m, x, q, g")
            }
        }
        return try Pattern("/\(source)/\(ours)")
    }
}

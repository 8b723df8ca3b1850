/// A compiled XPath 3.1 expression, without what pages have no use for: types, arrays, maps, functions as values and
/// anything that reads documents or the environment.
///
/// EXSLT's functions are there under their usual prefixes (`re:` or `regexp:`, `str:`, `set:`, `math:`, `date:`). Where
/// XPath 1.0 is more lenient, it is followed: a function that wants one value takes the first of several.
struct PathExpression: Sendable {
    let source: String
    let term: PathTerm
    /// How many values are bound at once.
    let slotCount: Int

    private static let lengthLimit = 5000

    init(_ source: String) throws(SelectorError) {
        guard source.utf8.count <= Self.lengthLimit else {
            throw SelectorError(message: "it is longer than \(Self.lengthLimit) characters")
        }
        guard !source.allSatisfy(\.isWhitespace) else { throw SelectorError(message: "it is empty") }
        var parser = PathParser(source)
        term = try parser.parse()
        slotCount = parser.slotCount
        self.source = source
    }
}

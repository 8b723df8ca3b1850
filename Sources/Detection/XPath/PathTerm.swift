import Patterns

/// A part of a compiled XPath expression.
indirect enum PathTerm: Sendable {
    case string([UInt8])
    case number(Double)
    case context
    case document
    /// The value bound to a name, by its place among those bound.
    case variable(Int)
    case sequence([PathTerm])
    case forEach(Int, in: PathTerm, PathTerm)
    case bind(Int, to: PathTerm, in: PathTerm)
    case quantified(isEvery: Bool, Int, in: PathTerm, PathTerm)
    case choice(PathTerm, then: PathTerm, else: PathTerm)
    case or(PathTerm, PathTerm)
    case and(PathTerm, PathTerm)
    /// `=` and its like ask whether any pair compares so, `eq` and its like compare one with one.
    case comparison(PathComparison, isValue: Bool, PathTerm, PathTerm)
    case order(PathOrder, PathTerm, PathTerm)
    case concatenation(PathTerm, PathTerm)
    case range(PathTerm, PathTerm)
    case arithmetic(PathArithmetic, PathTerm, PathTerm)
    case negation(PathTerm)
    case nodeSets(PathSetOperation, PathTerm, PathTerm)
    case map(PathTerm, PathTerm)
    /// Each one is asked about every node that those before it found.
    case path([PathTerm])
    case step(PathAxis, PathNodeTest, [PathTerm])
    case filtered(PathTerm, [PathTerm])
    /// The type is the function that makes its values.
    case cast(PathTerm, to: PathFunction, isOptional: Bool)
    case castable(PathTerm, to: PathFunction, isOptional: Bool)
    /// With the regex compiled when it was a literal.
    case call(PathFunction, [PathTerm], Pattern?)
}

enum PathComparison: Sendable { case equal, unequal, less, lessOrEqual, greater, greaterOrEqual }

/// Of two nodes: the same one, or which stands first.
enum PathOrder: Sendable { case same, before, after }

enum PathArithmetic: Sendable { case add, subtract, multiply, divide, divideWhole, remainder }

enum PathSetOperation: Sendable { case union, intersection, difference }

enum PathAxis: String, Sendable {
    case child, descendant, attribute, parent, ancestor, following, preceding
    case itself = "self"
    case descendantOrSelf = "descendant-or-self"
    case ancestorOrSelf = "ancestor-or-self"
    case followingSibling = "following-sibling"
    case precedingSibling = "preceding-sibling"

    /// Positions count away from the context node.
    var isReverse: Bool {
        switch self {
        case .parent, .ancestor, .ancestorOrSelf, .preceding, .precedingSibling: true
        default: false
        }
    }
}

enum PathNodeTest: Sendable {
    case any
    case text
    case element
    case document
    /// Kinds that a parsed page does not keep: comments and processing instructions.
    case none
    /// Elements, or attributes on their axis, of that name; a prefix is compared as it is written.
    case named([UInt8])
    /// Of that name whatever its prefix.
    case local([UInt8])
    /// Of that prefix, with its colon, whatever the rest.
    case prefixed([UInt8])
}

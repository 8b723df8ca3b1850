/// What a selector or an expression found.
enum SelectorMatch {
    /// An element of the tree it was asked about.
    case element(Int)
    /// A text, which has a node of the tree or is an attribute, a number, a truth value.
    case text([UInt8], node: Int?)
}

/// What is wrong with a selector or an expression, in words for people.
struct SelectorError: Error, Hashable {
    let message: String
}

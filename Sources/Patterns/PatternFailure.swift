/// Why a search ended without an answer.
package enum PatternFailure: Error, Hashable {
    case tooManySteps(rule: String)
    case tooLong(rule: String)
    /// A replacement makes more text than the caller allows.
    case resultTooLong
    case outOfMemory
}

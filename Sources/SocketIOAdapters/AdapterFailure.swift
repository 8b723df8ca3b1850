/// Why an adapter does not do for all processes what it is asked.
public enum AdapterFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The format that the processes share has no way to say it.
    case notInFormat(String)
    /// So many processes did not answer in time.
    case timeout(missing: Int)
    /// The processes cannot be reached at this moment.
    case away

    public var description: String {
        switch self {
        case .notInFormat(let what): "Cannot be said to other processes in this format: \(what)"
        case .timeout(let missing): "\(missing) other processes did not answer in time."
        case .away: "Other processes cannot be reached at this moment."
        }
    }
}

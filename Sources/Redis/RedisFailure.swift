/// Why a command has no result.
package enum RedisFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server answered with an error.
    case server(RedisError)
    /// The answer is not of the kind that this command has.
    case unexpectedAnswer(to: String)
    /// The connection ended before the answer came.
    case lost(LinkFailure)
    /// No answer came in time; a command that was sent may be carried out yet.
    case timeout(wasSent: Bool)
    /// Too much waits to be sent; this was not, or not any more.
    case queueFull
    /// A command that would confuse everyone who shares the connection.
    case notShareable(String)
    /// Whoever asked does not wait any longer.
    case cancelled
    case closed

    /// Whether the command may have been carried out all the same, so that doing it again may do it twice.
    package var mayHaveRun: Bool {
        switch self {
        case .lost, .timeout(wasSent: true), .unexpectedAnswer, .cancelled: true
        case .server, .timeout(wasSent: false), .queueFull, .notShareable, .closed: false
        }
    }

    package var description: String {
        switch self {
        case .server(let error): "Redis says: \(error)"
        case .unexpectedAnswer(let command): "Redis's answer to \(command) is of an unexpected kind."
        case .lost(let failure): "The connection to Redis ended before the answer came. \(failure)"
        case .timeout(wasSent: true): "Redis did not answer in time."
        case .timeout(wasSent: false): "Redis could not be reached in time."
        case .queueFull: "Too many commands wait for Redis."
        case .notShareable(let name): "\(name) cannot be sent over a connection that is shared."
        case .cancelled: "The command was cancelled."
        case .closed: "The connection to Redis has been closed."
        }
    }
}

package import NIOCore

/// One connection for commands, as a value: many may be on their way, and answers come in their order.
///
///     logging in ──PONG──► ready: requests out, as many answers due
///
/// Version 2 of the protocol, because every Redis speaks it and nothing of version 3 is needed.
package struct CommandSession: LinkSession {
    /// All answers to a request have come.
    package struct Answer: Sendable, Equatable {
        package var id: UInt64
        package var values: [RESPValue]
    }

    private struct Due {
        /// Nil for a sign of life.
        var id: UInt64?
        var missing: Int
        var values: [RESPValue] = []
        /// Whether the server may be silent over it.
        var isBlocking = false
    }

    private var login: RedisLogin
    private var reader: RESPReader
    private var due: CircularBuffer<Due> = []
    private var blocking = 0
    private var pulse = Pulse()

    package init(_ url: RedisAddress, limits: RESPLimits) {
        login = RedisLogin(url)
        reader = RESPReader(limits)
    }

    package var isReady: Bool { login.isOver }
    /// How many requests have not been answered.
    package var dueCount: Int { due.count }

    package mutating func opened(_ out: inout ByteBuffer) {
        login.write(&out)
    }

    /// Sends commands that belong together; their answers come together.
    package mutating func send(_ commands: [RedisCommand], id: UInt64, isBlocking: Bool, _ out: inout ByteBuffer) {
        for command in commands { out.write(command) }
        due.append(Due(id: id, missing: commands.count, isBlocking: isBlocking))
        if isBlocking { blocking += 1 }
    }

    package mutating func beat(_ out: inout ByteBuffer) throws(LinkFailure) {
        guard blocking == 0 else { return pulse.pause() }
        guard try pulse.beat() else { return }
        out.write(RedisCommand("PING"))
        due.append(Due(missing: 1))
    }

    package mutating func closing(_ out: inout ByteBuffer) {}

    package mutating func received(
        _ bytes: inout ByteBuffer, _ out: inout ByteBuffer, _ news: inout [Answer]
    ) throws(LinkFailure) {
        while let value = try reader.next(&bytes) {
            pulse.heard()
            if login.isOver {
                if let answer = try answered(value) { news.append(answer) }
            } else {
                try login.answered(value)
            }
        }
    }

    private mutating func answered(_ value: RESPValue) throws(LinkFailure) -> Answer? {
        guard !due.isEmpty else {
            // Before it hangs up a server says why.
            if case .error(let error) = value { throw .refused("\(error)") }
            throw .malformed("an answer to nothing")
        }
        let first = due.startIndex
        due[first].values.append(value)
        due[first].missing -= 1
        guard due[first].missing == 0 else { return nil }
        let done = due.removeFirst()
        if done.isBlocking { blocking -= 1 }
        return done.id.map { Answer(id: $0, values: done.values) }
    }
}

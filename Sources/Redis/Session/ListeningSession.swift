package import NIOCore

/// What can be listened to.
package enum RedisTopic: Sendable, Hashable {
    case channel(String)
    /// Every channel whose name fits a pattern of Redis's.
    case pattern(String)

    /// Every channel whose name begins so; characters that mean something in patterns are escaped.
    package static func prefix(_ prefix: String) -> RedisTopic {
        var pattern = ""
        for character in prefix {
            if "*?[]\\^".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return .pattern(pattern + "*")
    }
}

/// One connection for subscriptions, as a value.
///
///     logging in ──PONG──► ready ──subscribe──► ready, unsettled ──all confirmed──► ready
///
/// In version 2 of the protocol a connection that listens may do nothing else, so commands have one of their own.
package struct ListeningSession: LinkSession {
    package enum News: Sendable, Equatable {
        case message(ByteBuffer, channel: String, topic: RedisTopic)
        /// Every subscription and cancellation asked for has been confirmed.
        case settled
    }

    private var login: RedisLogin
    private var reader: RESPReader
    private var pulse = Pulse()
    /// Subscriptions and cancellations that Redis has not confirmed.
    private var unconfirmed = 0

    package init(_ url: RedisAddress, limits: RESPLimits) {
        login = RedisLogin(url)
        reader = RESPReader(limits)
    }

    package var isReady: Bool { login.isOver }
    package var isSettled: Bool { unconfirmed == 0 }

    package mutating func opened(_ out: inout ByteBuffer) {
        login.write(&out)
    }

    package mutating func subscribe(to topic: RedisTopic, _ out: inout ByteBuffer) {
        unconfirmed += 1
        switch topic {
        case .channel(let name): out.write(RedisCommand("SUBSCRIBE", .text(name)))
        case .pattern(let pattern): out.write(RedisCommand("PSUBSCRIBE", .text(pattern)))
        }
    }

    package mutating func unsubscribe(from topic: RedisTopic, _ out: inout ByteBuffer) {
        unconfirmed += 1
        switch topic {
        case .channel(let name): out.write(RedisCommand("UNSUBSCRIBE", .text(name)))
        case .pattern(let pattern): out.write(RedisCommand("PUNSUBSCRIBE", .text(pattern)))
        }
    }

    package mutating func beat(_ out: inout ByteBuffer) throws(LinkFailure) {
        if try pulse.beat() { out.write(RedisCommand("PING")) }
    }

    package mutating func closing(_ out: inout ByteBuffer) {}

    package mutating func received(
        _ bytes: inout ByteBuffer, _ out: inout ByteBuffer, _ news: inout [News]
    ) throws(LinkFailure) {
        while let value = try reader.next(&bytes) {
            pulse.heard()
            if login.isOver {
                if let one = try heard(value) { news.append(one) }
            } else {
                try login.answered(value)
            }
        }
    }

    private mutating func heard(_ value: RESPValue) throws(LinkFailure) -> News? {
        switch value {
        case .error(let error): throw .refused("\(error)")
        // While nothing is listened to a sign of life is answered as everywhere.
        case .simple("PONG"): return nil
        case .array(let list): return try heard(list)
        default: throw .malformed("an answer to nothing")
        }
    }

    private mutating func heard(_ list: [RESPValue]) throws(LinkFailure) -> News? {
        switch (list.first?.text, list.count) {
        case ("message", 3):
            guard let channel = list[1].text, let message = list[2].bytes else { break }
            return .message(message, channel: channel, topic: .channel(channel))
        case ("pmessage", 4):
            guard let pattern = list[1].text, let channel = list[2].text, let message = list[3].bytes else { break }
            return .message(message, channel: channel, topic: .pattern(pattern))
        case ("subscribe", 3), ("psubscribe", 3), ("unsubscribe", 3), ("punsubscribe", 3):
            guard unconfirmed > 0 else { break }
            unconfirmed -= 1
            return unconfirmed == 0 ? .settled : nil
        case ("pong", 2): return nil
        default: break
        }
        throw .malformed("news of an unknown kind")
    }
}

import NIOCore

/// One connection to Redis, in version 2 of its protocol: logs in, then listens, or publishes and asks.
///
/// Version 2 because every Redis speaks it and nothing of version 3 is needed; its price is a connection for each of the
/// two, because a connection that listens may do nothing else.
struct RedisSession: BrokerSession {
    /// What an answer that is on its way will be the answer to.
    private enum Question {
        case login
        case ready
        case alive
        case published
        case count(UInt64)
    }

    private let url: RedisURL
    private let reader: RESPReader
    private var questions: CircularBuffer<Question> = []
    /// Subscriptions and cancellations that Redis has not confirmed.
    private var unconfirmed = 0
    private var isListening = false
    /// Whether something came since the last heartbeat, and whether a sign of life was asked for then.
    private var wasHeard = true
    private var wasAsked = false

    init(_ url: RedisURL, maxMessageBytes: Int) {
        self.url = url
        reader = RESPReader(maxBulkBytes: maxMessageBytes)
    }

    var isSettled: Bool { unconfirmed == 0 }

    mutating func opened(_ out: inout ByteBuffer) {
        if let password = url.password {
            if let user = url.user {
                out.writeCommand("AUTH", user, password)
            } else {
                out.writeCommand("AUTH", password)
            }
            questions.append(.login)
        }
        if url.database != 0 {
            out.writeCommand("SELECT", String(url.database))
            questions.append(.login)
        }
        out.writeCommand("PING")
        questions.append(.ready)
    }

    mutating func perform(_ command: BrokerCommand, _ out: inout ByteBuffer) {
        switch command {
        case .subscribe(.channel(let name)): listen("SUBSCRIBE", name, &out)
        case .subscribe(.pattern(let pattern)): listen("PSUBSCRIBE", pattern, &out)
        case .unsubscribe(.channel(let name)): listen("UNSUBSCRIBE", name, &out)
        case .unsubscribe(.pattern(let pattern)): listen("PUNSUBSCRIBE", pattern, &out)
        case .publish(let message, let channel):
            out.writeCommand("PUBLISH", channel, payload: message)
            questions.append(.published)
        case .count(let channel, let id):
            out.writeCommand("PUBSUB", "NUMSUB", channel)
            questions.append(.count(id))
        }
    }

    private mutating func listen(_ word: String, _ name: String, _ out: inout ByteBuffer) {
        isListening = true
        unconfirmed += 1
        out.writeCommand(word, name)
    }

    mutating func beat(_ out: inout ByteBuffer) throws(BrokerFailure) {
        if wasAsked, !wasHeard { throw .silent }
        wasAsked = !wasHeard
        wasHeard = false
        guard wasAsked else { return }
        out.writeCommand("PING")
        // A connection that listens answers with an array, which no question waits for.
        if !isListening { questions.append(.alive) }
    }

    mutating func closing(_ out: inout ByteBuffer) {}

    mutating func received(_ bytes: inout ByteBuffer, _ out: inout ByteBuffer) throws(BrokerFailure) -> [BrokerNews] {
        var news: [BrokerNews] = []
        while let value = try reader.next(&bytes) {
            wasHeard = true
            if case .array(let list?) = value, isListening, let told = try heard(list) {
                if let message = told { news.append(message) }
            } else {
                if let answer = try answered(value) { news.append(answer) }
            }
        }
        return news
    }

    /// What a connection that listens is told of its own accord; nil when it is an answer to something else.
    private mutating func heard(_ list: [RESPValue]) throws(BrokerFailure) -> BrokerNews?? {
        switch (list.first?.text, list.count) {
        case ("message", 3):
            guard let channel = list[1].text, case .bulk(let message?) = list[2] else { return .some(nil) }
            return .message(message, channel: channel, topic: .channel(channel))
        case ("pmessage", 4):
            guard let pattern = list[1].text, let channel = list[2].text, case .bulk(let message?) = list[3] else {
                return .some(nil)
            }
            return .message(message, channel: channel, topic: .pattern(pattern))
        case ("subscribe", 3), ("psubscribe", 3), ("unsubscribe", 3), ("punsubscribe", 3):
            unconfirmed -= 1
            return .some(nil)
        case ("pong", 2): return .some(nil)
        default: return nil
        }
    }

    private mutating func answered(_ value: RESPValue) throws(BrokerFailure) -> BrokerNews? {
        if case .simple("PONG") = value, isListening, questions.isEmpty { return nil }
        guard let question = questions.popFirst() else {
            if case .error(let words) = value { throw .refused(words) }
            throw .malformed("an answer to nothing")
        }
        if case .error(let words) = value { throw .refused(words) }
        switch question {
        case .login, .alive, .published: return nil
        case .ready: return .ready
        case .count(let id):
            guard case .array(let list?) = value, list.count == 2, case .integer(let count) = list[1] else {
                throw .malformed("no count")
            }
            return .count(count, id: id)
        }
    }
}

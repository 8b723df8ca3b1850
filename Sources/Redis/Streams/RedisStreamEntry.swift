package import NIOCore

/// One entry of a stream.
package struct RedisStreamEntry: Sendable, Equatable {
    /// `milliseconds-number`, as the server gave it.
    package var id: String
    /// In their order; none for an entry that was removed from the stream while somebody still had it.
    package var fields: [(name: String, value: ByteBuffer)]

    package init(id: String, fields: [(name: String, value: ByteBuffer)]) {
        self.id = id
        self.fields = fields
    }

    /// The first field of that name.
    package subscript(name: String) -> ByteBuffer? {
        fields.first { $0.name == name }?.value
    }

    package static func == (one: Self, other: Self) -> Bool {
        one.id == other.id && one.fields.elementsEqual(other.fields) { $0 == $1 }
    }

    /// Reads `[id, [name, value, …]]`; nil where it is something else.
    init?(_ value: RESPValue) {
        guard let list = value.list, list.count == 2, let id = list[0].text else { return nil }
        self.id = id
        fields = []
        if case .null = list[1] { return }
        guard let pairs = list[1].list, pairs.count.isMultiple(of: 2) else { return nil }
        for index in stride(from: 0, to: pairs.count, by: 2) {
            guard let name = pairs[index].text, let value = pairs[index + 1].bytes else { return nil }
            fields.append((name, value))
        }
    }

    /// Reads a list of entries; places of removed ones, which old servers leave empty, are passed over.
    static func list(_ value: RESPValue?, of command: String) throws(RedisFailure) -> [RedisStreamEntry] {
        guard let list = value?.list else { throw .unexpectedAnswer(to: command) }
        var entries: [RedisStreamEntry] = []
        for value in list where value != .null {
            guard let entry = RedisStreamEntry(value) else { throw .unexpectedAnswer(to: command) }
            entries.append(entry)
        }
        return entries
    }
}

/// Who reads a stream together with others: each entry goes to one consumer of a group, until it is acknowledged.
package struct RedisStreamReader: Sendable, Equatable {
    package var stream: String
    package var group: String
    package var consumer: String

    package init(stream: String, group: String, consumer: String) {
        self.stream = stream
        self.group = group
        self.consumer = consumer
    }
}

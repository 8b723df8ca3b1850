package import NIOCore

/// A word of a command.
package enum RedisWord: Sendable, Equatable, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    case text(String)
    case bytes(ByteBuffer)
    case number(Int)

    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .number(value) }

    var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.readableBytes
        case .number(let number): String(number).utf8.count
        }
    }
}

/// What a server is told to do: a name and words, which may hold any bytes.
package struct RedisCommand: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    package let name: String
    package let words: [RedisWord]

    package init(_ name: String, _ words: RedisWord...) {
        self.init(name, words: words)
    }

    package init(_ name: String, words: [RedisWord]) {
        self.name = name
        self.words = words
    }

    /// The words are not shown: they may be secret.
    package var description: String { "\(name) with \(words.count) words" }
    package var customMirror: Mirror { Mirror(self, children: ["name": name, "words": words.count]) }

    /// What it takes of a queue; its name is not counted.
    var size: Int { words.reduce(0) { $0 + $1.size } }

    /// Commands that change what answers follow, or what a connection is, and would confuse everyone who shares it.
    private static let connectionCommands: Set<String> = [
        "AUTH", "DISCARD", "EXEC", "HELLO", "MONITOR", "MULTI", "PSUBSCRIBE", "PSYNC", "PUNSUBSCRIBE", "QUIT", "RESET",
        "SELECT", "SSUBSCRIBE", "SUBSCRIBE", "SUNSUBSCRIBE", "SYNC", "UNSUBSCRIBE", "UNWATCH", "WATCH",
    ]

    /// Whether it may be sent over a connection that many share.
    var isShareable: Bool {
        let name = name.uppercased()
        if name == "CLIENT", case .text(let what)? = words.first { return what.uppercased() != "REPLY" }
        return !Self.connectionCommands.contains(name)
    }
}

extension ByteBuffer {
    /// Writes a command the way Redis wants it: an array of bulk strings.
    mutating func write(_ command: RedisCommand) {
        writeString("*\(command.words.count + 1)\r\n$\(command.name.utf8.count)\r\n\(command.name)\r\n")
        for word in command.words {
            switch word {
            case .text(let text): writeBulk(text)
            case .number(let number): writeBulk(String(number))
            case .bytes(let bytes):
                writeString("$\(bytes.readableBytes)\r\n")
                writeImmutableBuffer(bytes)
                writeStaticString("\r\n")
            }
        }
    }

    private mutating func writeBulk(_ text: String) {
        writeString("$\(text.utf8.count)\r\n\(text)\r\n")
    }
}

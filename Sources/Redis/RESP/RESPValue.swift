package import NIOCore

/// A value of Redis's protocol, version 2.
package enum RESPValue: Sendable, Equatable {
    case simple(String)
    case error(RedisError)
    case integer(Int)
    case bulk(ByteBuffer)
    case array([RESPValue])
    /// No value: a key that does not exist, a wait that ended without news.
    case null

    /// What a bulk or simple string says.
    package var text: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes): String(buffer: bytes)
        default: nil
        }
    }

    package var bytes: ByteBuffer? {
        if case .bulk(let bytes) = self { bytes } else { nil }
    }

    /// A number, also one that is written as a string.
    package var number: Int? {
        if case .integer(let number) = self { number } else { text.flatMap { Int($0) } }
    }

    package var list: [RESPValue]? {
        if case .array(let list) = self { list } else { nil }
    }
}

/// What a server says in place of an answer, in its words: a code in capitals, and a sentence.
package struct RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `ERR`, `WRONGTYPE`, `NOSCRIPT`, `NOPERM`, `OOM`, …: what programs decide by. Empty where the server gave none.
    package let code: String
    package let message: String

    /// Takes a line such as `WRONGTYPE Operation against a key holding the wrong kind of value`.
    package init(_ line: String) {
        let first = line.prefix { $0 != " " }
        let isCode = !first.isEmpty && first.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber) }
        code = isCode ? String(first) : ""
        message = isCode ? String(line.dropFirst(first.count + 1)) : line
    }

    package var description: String { code.isEmpty ? message : message.isEmpty ? code : "\(code) \(message)" }
}

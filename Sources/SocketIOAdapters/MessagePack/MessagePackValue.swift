import NIOCore

/// A value as MessagePack carries it, with what notepack, the codec of Node's adapters, adds to it.
enum MessagePackValue: Sendable, Equatable {
    case null
    /// JavaScript's `undefined`: the extension of type 0 with one byte.
    case undefined
    case bool(Bool)
    case int(Int64)
    /// Only for what an `Int64` cannot hold.
    case uint(UInt64)
    case double(Double)
    case string(String)
    case binary(ByteBuffer)
    case array([MessagePackValue])
    case map([Member])
    /// JavaScript's `Date` in milliseconds since 1970: the extension of type 0 with eight bytes.
    case date(Int64)
    case other(type: Int8, ByteBuffer)

    /// One entry of a map; maps keep their order.
    struct Member: Sendable, Equatable {
        var key: String
        var value: MessagePackValue

        init(_ key: String, _ value: MessagePackValue) {
            self.key = key
            self.value = value
        }
    }
}

extension MessagePackValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .int(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: MessagePackValue...) { self = .array(elements) }

    init(dictionaryLiteral elements: (String, MessagePackValue)...) {
        self = .map(elements.map { Member($0.0, $0.1) })
    }

    /// The value of a key; nil for everything but a map that has it. Of several the last counts, as in JavaScript.
    subscript(key: String) -> MessagePackValue? {
        guard case .map(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var list: [MessagePackValue]? { if case .array(let list) = self { list } else { nil } }
    var number: Int? { if case .int(let number) = self { Int(number) } else { nil } }
    var truth: Bool? { if case .bool(let truth) = self { truth } else { nil } }

    /// A list of texts, as rooms are told; anything else in it is left out.
    var texts: [String] { list?.compactMap(\.text) ?? [] }
}

import NIOCore

/// Namespaces that come into being when a client asks for them, and go when the last socket has left.
public final class NamespaceFamily: Sendable {
    let admits: @Sendable (String, ByteBuffer?) async -> Bool
    let setUp: @Sendable (Namespace) -> Void
    private let list: @Sendable (NamespaceFamily) -> [Namespace]

    init(
        admits: @escaping @Sendable (String, ByteBuffer?) async -> Bool,
        setUp: @escaping @Sendable (Namespace) -> Void, list: @escaping @Sendable (NamespaceFamily) -> [Namespace]
    ) {
        self.admits = admits
        self.setUp = setUp
        self.list = list
    }

    /// Those that there are now.
    public var namespaces: [Namespace] { list(self) }

    /// Sends an event to everyone in all of them.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        for namespace in namespaces { try namespace.everyone.emit(event, repeat each arguments) }
    }
}

/// A namespace's name with holes: `/room-{digits}`, `/{any}/chat`.
///
/// `{digits}` stands for one or more digits, `{any}` for one or more characters that are no slash, as many as there
/// are; so what follows a hole must not begin with a character that the hole takes. Matching takes one pass: a name is
/// sent by anyone, and regular expressions can be made to take hours.
public struct NamespacePattern: Sendable, ExpressibleByStringLiteral {
    private enum Part: Sendable {
        case text([UInt8])
        case digits
        case any
    }

    private let parts: [Part]

    public init(stringLiteral pattern: String) {
        self.init(pattern)
    }

    public init(_ pattern: String) {
        var parts: [Part] = []
        var rest = pattern[...]
        while !rest.isEmpty {
            let holes: [(word: String, part: Part)] = [("{digits}", .digits), ("{any}", .any)]
            if let hole = holes.first(where: { rest.hasPrefix($0.word) }) {
                parts.append(hole.part)
                rest = rest.dropFirst(hole.word.count)
            } else {
                let next = holes.compactMap { rest.firstRange(of: $0.word)?.lowerBound }.min() ?? rest.endIndex
                parts.append(.text(Array(rest[..<next].utf8)))
                rest = rest[next...]
            }
        }
        self.parts = parts
    }

    /// Whether the whole of `name` fits.
    public func matches(_ name: String) -> Bool {
        var rest = Array(name.utf8)[...]
        for part in parts {
            switch part {
            case .text(let text):
                guard rest.starts(with: text) else { return false }
                rest = rest.dropFirst(text.count)
            case .digits:
                let after = rest.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                guard after.count < rest.count else { return false }
                rest = after
            case .any:
                let after = rest.drop { $0 != UInt8(ascii: "/") }
                guard after.count < rest.count else { return false }
                rest = after
            }
        }
        return rest.isEmpty
    }
}

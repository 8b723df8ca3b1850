/// Whoever asks for something to be done, and what they may do; every action is told.
public struct Requester: Hashable, Sendable, CustomStringConvertible {
    /// Where somebody came in whom nobody knows.
    public enum Door: String, Hashable, Sendable, CaseIterable {
        case page, socket, api
    }

    /// Who it is, as the log and the record of edits name it; never with a secret.
    public enum Identity: Hashable, Sendable {
        case anonymous(Door)
        /// By the name that they sign in with.
        case person(String)
        /// By the key's name, never the key.
        case apiKey(String)
        /// The program itself, by the part of it that acts: `scheduler`, `import`, `turnstone demo`.
        case machine(String)
    }

    public let identity: Identity
    public let rights: Rights
    /// Where they are connected from, as far as that is known: what many may do at once is shared fairly by it. It is
    /// neither shown nor stored.
    public var address: String?

    public init(_ identity: Identity) {
        self.init(identity, rights: Rights.of(identity))
    }

    /// With other rights than the identity by itself has: those of a key's scopes, for example.
    public init(_ identity: Identity, rights: Rights) {
        self.identity = identity
        self.rights = rights
    }

    /// A command in a terminal, which whoever may run it on the machine may do.
    public static func command(_ name: String) -> Requester { Requester(.machine("turnstone \(name)")) }

    public func may(_ right: Right) -> Bool { rights.contains(right) }

    /// Throws `NotAllowed` when it may not.
    public func require(_ right: Right) throws(NotAllowed) {
        guard may(right) else { throw NotAllowed(right) }
    }

    public var description: String { identity.description }
}

extension Requester.Identity: CustomStringConvertible {
    /// The kind alone, for programs and for where it is kept.
    public var kind: String {
        switch self {
        case .anonymous: "anonymous"
        case .person: "person"
        case .apiKey: "key"
        case .machine: "machine"
        }
    }

    /// What names it among those of its kind.
    public var name: String {
        switch self {
        case .anonymous(let door): door.rawValue
        case .person(let name), .apiKey(let name), .machine(let name): name
        }
    }

    /// From `kind` and `name`; what this version does not know is somebody unknown.
    public init(kind: String, name: String) {
        switch kind {
        case "person": self = .person(name)
        case "key": self = .apiKey(name)
        case "machine": self = .machine(name)
        default: self = .anonymous(Requester.Door(rawValue: name) ?? .page)
        }
    }

    public var description: String {
        switch self {
        case .anonymous(let door): "Anonymous (\(door == .api ? "API" : door.rawValue))"
        case .person(let name), .machine(let name): name
        case .apiKey(let name): "API key \(name)"
        }
    }
}

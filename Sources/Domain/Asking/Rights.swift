/// One kind of thing that somebody may do.
public enum Right: UInt8, Hashable, Sendable, CaseIterable {
    /// Look at watches, what was found, and settings.
    case see
    /// Have pages checked now, and settings tried.
    case check
    /// Make, change and delete watches and tags, and mark them as read.
    case edit
    /// Change what concerns everybody: the settings for all watches, the workers.
    case administer

    /// As it stands behind "the right to".
    public var words: String {
        switch self {
        case .see: "see watches and settings"
        case .check: "have watches checked"
        case .edit: "change watches and tags"
        case .administer: "change the settings for all watches"
        }
    }
}

/// All that somebody may do.
public struct Rights: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public init(_ right: Right) { rawValue = 1 << right.rawValue }

    public static let none: Rights = []
    public static let viewer = Rights(.see)
    public static let editor: Rights = [viewer, Rights(.check), Rights(.edit)]
    public static let admin: Rights = [editor, Rights(.administer)]

    public func contains(_ right: Right) -> Bool { contains(Rights(right)) }

    /// The one place that decides who may do what: everybody may do everything.
    static func of(_ identity: Requester.Identity) -> Rights {
        switch identity {
        case .anonymous, .person, .apiKey, .machine: .admin
        }
    }
}

/// Somebody wants what they have no right to; nothing was changed.
public struct NotAllowed: Error, Hashable, Sendable, CustomStringConvertible {
    public let missing: Right

    public init(_ missing: Right) { self.missing = missing }

    public var description: String { "Not allowed: it takes the right to \(missing.words)" }
}

public import Foundation

/// What somebody changed of a watch, of a tag, or of the settings for all watches: who, when, what from, what to.
public struct Edit: Equatable, Sendable {
    /// What was changed; it may be gone by now.
    public enum Thing: Hashable, Sendable {
        case watch(WatchID)
        case tag(TagID)
        case settings

        /// For programs, and where it is kept.
        public var kind: String {
            switch self {
            case .watch: "watch"
            case .tag: "tag"
            case .settings: "settings"
            }
        }

        /// nil for the settings for all watches, of which there is one.
        public var uuid: UUID? {
            switch self {
            case .watch(let id): id.uuid
            case .tag(let id): id.uuid
            case .settings: nil
            }
        }
    }

    public enum Action: String, Hashable, Sendable, CaseIterable {
        case created, edited, deleted, paused, resumed
    }

    /// Later ones have higher numbers.
    public let id: Int64
    public let at: Date
    public let by: Requester.Identity
    public let thing: Thing
    public let action: Action
    /// What the fields were that differ; nil when there was nothing yet.
    public let before: EditedValues?
    /// What they are since; nil when it is gone.
    public let after: EditedValues?

    public init(
        id: Int64, at: Date, by: Requester.Identity, thing: Thing, action: Action, before: EditedValues?,
        after: EditedValues?
    ) {
        self.id = id
        self.at = at
        self.by = by
        self.thing = thing
        self.action = action
        self.before = before
        self.after = after
    }

    /// The same without secrets, for whoever shows or tells it; what is kept has them, or nothing could be taken back.
    public var redacted: Edit {
        let secret = EditedFields.secrets(of: thing)
        func hide(_ values: EditedValues?) -> EditedValues? {
            guard let values, !secret.isDisjoint(with: values.keys) else { return values }
            return Dictionary(
                uniqueKeysWithValues: values.map { ($0.key, secret.contains($0.key) ? .string("***") : $0.value) })
        }
        return Edit(id: id, at: at, by: by, thing: thing, action: action, before: hide(before), after: hide(after))
    }
}

/// Fields by their names in the API, as the API tells them; those inside of an object as `object.name`.
public typealias EditedValues = [String: JSONValue]

import Hummingbird
import WebCore

/// What has just been done, told on the page that follows; its raw value travels in the address, so its text is ours
/// alone.
public enum Notice: String, Hashable, Sendable, CaseIterable {
    case added, saved, deleted, paused, resumed, gone
    case rechecked = "queued"
    case recheckedAll = "queued-all"
    case read
    case allRead = "all-read"
    case priceFollowed = "price"
    case tagDeleted = "tag-deleted"

    var text: String {
        switch self {
        case .added: "Added. Its first check is on the way."
        case .saved: "Saved."
        case .deleted: "Deleted, with its history."
        case .paused: "Paused. It is not checked until you resume it."
        case .resumed: "Resumed."
        case .gone: "That watch is not there any more."
        case .rechecked: "Queued. It is checked as soon as a worker is free."
        case .recheckedAll: "All watches are queued."
        case .read: "Marked as read."
        case .tagDeleted: "Deleted. Its watches stay."
        case .priceFollowed: "Stock and price are followed from now on."
        case .allRead: "Everything is marked as read."
        }
    }

    static func field(_ notice: Notice?) -> Field {
        notice.map { .group(["text": .text($0.text), "kind": .text($0 == .gone ? "bad" : "good")]) } ?? .nothing
    }
}

extension Request {
    /// What was just done, as the page that follows is to tell.
    var notice: Notice? {
        uri.queryParameters["done"].flatMap { Notice(rawValue: String($0)) }
    }
}

import Hummingbird
import WebCore

/// What has just been done, told on the page that follows; its raw value travels in the address, so its text is ours
/// alone.
public enum Notice: String, Hashable, Sendable, CaseIterable {
    case added, saved, deleted, paused, resumed, gone
    case deletedMatching = "deleted-all"
    case rechecked = "queued"
    case recheckedAll = "queued-all"
    case read
    case allRead = "all-read"
    case priceFollowed = "price"
    case tagDeleted = "tag-deleted"

    var text: String {
        switch self {
        case .added: "Watch added. Its first check is queued."
        case .saved: "Saved."
        case .deleted: "Watch deleted, with its history."
        case .deletedMatching: "The watches were deleted, with their history."
        case .paused: "Paused. No checks run until you resume it."
        case .resumed: "Resumed."
        case .gone: "That watch no longer exists."
        case .rechecked: "Check queued. It runs as soon as a worker is free."
        case .recheckedAll: "All watches are queued."
        case .read: "Marked as read."
        case .tagDeleted: "Tag deleted. Its watches are kept."
        case .priceFollowed: "Restock and price are now tracked."
        case .allRead: "All changes are marked as read."
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

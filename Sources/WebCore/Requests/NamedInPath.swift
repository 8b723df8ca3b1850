package import Domain
package import Hummingbird

extension RequestContext {
    /// The watch that the path names; throws 404 when it is not a UUID.
    package var watchID: WatchID {
        get throws {
            guard let id = parameters.get("uuid").flatMap({ WatchID($0) }) else { throw HTTPError(.notFound) }
            return id
        }
    }

    /// The tag that the path names; throws 404 when it names none.
    package var tagID: TagID {
        get throws {
            guard let id = parameters.get("uuid").flatMap({ TagID($0) }) else { throw HTTPError(.notFound) }
            return id
        }
    }
}

import Domain
public import WebCore

/// Asks before all watches that a list finds are deleted with their history.
public struct DeleteMatchingPage: PageView {
    public static let template = "pages/delete-matching"

    public let query: ListQuery
    public let matching: Int
    /// There are more, and counting was given up.
    public let matchingIsCut: Bool
    /// The tag that they have, when the list asks for one.
    public let tag: String?

    public init(query: ListQuery, matching: Int, matchingIsCut: Bool, tag: String?) {
        self.query = query
        self.matching = matching
        self.matchingIsCut = matchingIsCut
        self.tag = tag
    }

    public func fields(_ scene: Scene) -> Fields {
        let count = (matchingIsCut ? "more than " : "") + Counts.grouped(matching)
        return [
            "count": .text(matching == 1 ? "1 watch" : "\(count) watches"),
            "state": query.filter == .all ? .nothing : .text(query.filter.title),
            "search": .optional(query.search), "tag": .optional(tag ?? ""),
            "return": .text("/" + query.queryString), "back": .text(scene.path("/") + query.queryString),
        ]
    }
}

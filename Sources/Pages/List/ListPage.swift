public import Domain
import Foundation
public import WebCore

/// The list of watches: what a person has open all day.
public struct ListPage: PageView {
    public static let template = "pages/list"
    /// The part that is fetched again when watches come or go.
    static let rowsTemplate = "partials/list"

    public var query: ListQuery
    public var rows: [WatchRow]
    /// How many watches match the query on all its pages.
    public var matching: Int
    /// There are more than anybody pages through, and counting was given up.
    public var matchingIsCut: Bool
    public var pageSize: Int
    /// What is queued or checked now; a watch that is not named is idle.
    public var activity: [WatchID: RowActivity]
    public var tags: [TagID: Tag]
    public var addForm: AddForm
    public var notice: Notice?

    public init(
        query: ListQuery, rows: [WatchRow], matching: Int, matchingIsCut: Bool = false, pageSize: Int,
        activity: [WatchID: RowActivity] = [:],
        tags: [TagID: Tag] = [:], addForm: AddForm = AddForm(), notice: Notice? = nil
    ) {
        self.query = query
        self.rows = rows
        self.matching = matching
        self.matchingIsCut = matchingIsCut
        self.pageSize = pageSize
        self.activity = activity
        self.tags = tags
        self.addForm = addForm
        self.notice = notice
    }

    public func fields(_ scene: Scene) -> Fields {
        let totals = scene.frame.totals
        return [
            "here": .text(link(query, scene)),
            "return": .text("/" + query.queryString),
            "filters": .list(filters(scene)),
            "search": .text(query.search),
            "has_search": .flag(!query.search.isEmpty),
            "search_keeps": .list(searchKeeps),
            "clear": .text(link(query.with(filter: query.filter), scene, search: "")),
            "columns": .group(columns(scene)),
            "rows_html": .markup(rowsMarkup(scene)),
            "has_rows": .flag(!rows.isEmpty),
            "has_watches": .flag(totals.watches > 0),
            "can_delete": .flag(query.selects && !rows.isEmpty),
            "empty": emptiness(totals, scene),
            "first_page": .flag(query.page == 1 && query.search.isEmpty),
            "pager": pager(scene),
            "notice": Notice.field(notice),
            "add": .group(addForm.fields),
        ]
    }

    private func rowsMarkup(_ scene: Scene) -> Markup {
        var html = ""
        for row in rows {
            let view = WatchRowView(
                row: row, activity: activity[row.id] ?? .idle, tags: row.tags.compactMap { tags[$0] })
            html += scene.templates.render(WatchRowView.template, view.fields(scene))
        }
        return Markup(html)
    }

    private func link(_ query: ListQuery, _ scene: Scene, search: String? = nil) -> String {
        var query = query
        if let search { query.search = search }
        return scene.path("/") + query.queryString
    }

    private func filters(_ scene: Scene) -> [Fields] {
        let totals = scene.frame.totals
        let counts: [ListQuery.Filter: Int] = [
            .all: totals.watches, .unread: totals.unviewed, .failing: totals.failing, .paused: totals.paused,
        ]
        return ListQuery.Filter.allCases.map { filter in
            [
                "name": .text(filter.rawValue), "title": .text(filter.title),
                "count": .text(Counts.grouped(counts[filter] ?? 0)), "zero": .flag(counts[filter] == 0),
                "current": .flag(filter == query.filter), "href": .text(link(query.with(filter: filter), scene)),
            ]
        }
    }

    /// What a search must send along so that it stays within the filter and order.
    private var searchKeeps: [Fields] {
        query.parameters.filter { $0.name != "q" && $0.name != "page" }
            .map { ["name": .text($0.name), "value": .text($0.value)] }
    }

    private func columns(_ scene: Scene) -> Fields {
        func column(_ sort: ListQuery.Sort) -> Field {
            let current = query.sort == sort
            return .group([
                "href": .text(link(query.toggling(sort), scene)),
                "order": current ? .text(query.descending ? "descending" : "ascending") : .nothing,
            ])
        }
        return ["label": column(.label), "checked": column(.checked), "changed": column(.changed)]
    }

    /// Why there are no rows, and what to do about it.
    private func emptiness(_ totals: Totals, _ scene: Scene) -> Field {
        guard rows.isEmpty else { return .nothing }
        let (title, text): (String, String) =
            if totals.watches == 0 {
                ("No watches yet", "")
            } else if !query.search.isEmpty {
                ("No results for “\(query.search)”", "The search covers titles and URLs.")
            } else {
                switch query.filter {
                case .unread: ("No unread changes", "New changes appear here automatically.")
                case .failing: ("No failing watches", "The last check of every watch succeeded.")
                case .paused: ("No paused watches", "")
                case .all: ("This page is empty", "The list has fewer pages.")
                }
            }
        return .group([
            "title": .text(title), "text": .optional(text), "welcome": .flag(totals.watches == 0),
            "all": totals.watches == 0 ? .nothing : .text(scene.path("/")),
        ])
    }

    private func pager(_ scene: Scene) -> Field {
        let size = max(1, pageSize)
        let last = max(1, (matching + size - 1) / size)
        guard last > 1 else { return .nothing }
        let current = min(query.page, last)
        let near = Set([1, last, current - 1, current, current + 1].filter { (1...last).contains($0) }).sorted()
        var pages: [Fields] = []
        for (index, page) in near.enumerated() {
            pages.append([
                "number": .number(page), "href": .text(link(query.with(page: page), scene)),
                "current": .flag(page == current), "gap": .flag(index > 0 && near[index - 1] < page - 1),
            ])
        }
        func step(_ page: Int) -> Field {
            (1...last).contains(page) ? .text(link(query.with(page: page), scene)) : .nothing
        }
        let first = (current - 1) * size + 1
        return .group([
            "first": .text(Counts.grouped(first)), "last": .text(Counts.grouped(min(matching, first + size - 1))),
            "total": .text(matchingIsCut ? "more than \(Counts.grouped(matching))" : Counts.grouped(matching)),
            "pages": .list(pages),
            "previous": step(current - 1), "following": step(current + 1),
        ])
    }
}

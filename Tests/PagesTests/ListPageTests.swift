import Domain
import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct ListPageTests {
    private func html(_ page: ListPage, _ totals: Totals? = nil, base: String = "") throws -> String {
        String(
            decoding: try Samples.renderer(base: base).render(
                page, totals.map { Samples.frame($0) } ?? Samples.frame()), as: UTF8.self)
    }

    @Test("a page of fifty rows is under 60 kB compressed and has every row")
    func budget() throws {
        let page = Samples.list(Samples.fifty, matching: 100_000)
        let bytes = try Samples.renderer().render(page, Samples.frame())
        let compressed = try #require(Gzip.compress(bytes))
        #expect(compressed.count < 60_000)
        for row in Samples.fifty { #expect(bytes.contains(sequence: "id=\"w-\(row.id)\"".utf8)) }
    }

    @Test(
        "a row says its state in words",
        arguments: [
            (Samples.row(), RowActivity.checking(.comparing), "checking", "Checking", "Comparing…"),
            (Samples.row(), .queued, "queued", "Queued", ""),
            (Samples.row(paused: true), .idle, "paused", "Paused", ""),
            (Samples.row(paused: true), .checking(nil), "checking", "Checking", ""),
            (
                Samples.row(failure: CheckFailure(.timeout, "30"), status: nil, milliseconds: 30_012, last: .failed),
                .idle, "failed", "Failed", "30 s"
            ),
            (Samples.row(checked: nil, history: 0, checks: 0), .idle, "new", "New", "not checked yet"),
            (Samples.row(last: .changed), .idle, "changed", "Changed", "200 · 412 ms"),
            (Samples.row(last: .first), .idle, "first", "First version", "200 · 412 ms"),
            (Samples.row(status: 304), .idle, "unchanged", "Unchanged", "304 · 412 ms"),
        ])
    func states(row: WatchRow, activity: RowActivity, kind: String, word: String, detail: String) {
        let state = RowState(row, activity)
        #expect(state.kind.rawValue == kind)
        #expect(state.word == word)
        #expect(state.detail == detail)
    }

    @Test("an unread row leads to what changed, one with a single snapshot to its text")
    func whereRowsLead() throws {
        let changed = Samples.row(history: 2, unread: true)
        let single = Samples.row(history: 1)
        let page = try html(Samples.list([changed, single]), base: "/sub")
        #expect(page.contains("href=\"/sub/diff/\(changed.id)\""))
        #expect(page.contains("href=\"/sub/watch/\(single.id)\""))
        #expect(page.contains("<span class=\"vh unread\">unread</span>"))
    }

    @Test("every address of a page begins with the base path")
    func base() throws {
        for (name, page) in Samples.all() {
            let html = String(decoding: try Samples.renderer(base: "/sub").render(page, Samples.frame()), as: UTF8.self)
            for attribute in ["href", "src", "action", "formaction"] {
                for part in html.components(separatedBy: " \(attribute)=\"/").dropFirst() {
                    #expect(part.hasPrefix("sub/"), "\(name): \(attribute)=\"/\(part.prefix(40))")
                }
            }
        }
    }

    @Test(
        "an empty list says why it is empty",
        arguments: [
            ("", ListQuery.Filter.all, 0, "No watches yet"), ("kettle", .all, 5, "No results for “kettle”"),
            ("", .unread, 5, "No unread changes"),
            ("", .failing, 5, "No failing watches"), ("", .paused, 5, "No paused watches"),
            ("", .all, 5, "This page is empty"),
        ])
    func empty(search: String, filter: ListQuery.Filter, watches: Int, words: String) throws {
        var query = ListQuery()
        query.search = search
        query.filter = filter
        let page = try html(Samples.list([], query: query), Totals(watches: watches))
        #expect(page.contains(words))
        #expect(!page.contains("<table"))
    }

    @Test("the form keeps what was typed and says what is wrong at the field")
    func addErrors() throws {
        var list = Samples.list(Samples.three)
        list.addForm = AddForm(url: "htp://x", tags: "a, b", errors: [FieldError("url", "Only http and https")])
        let page = try html(list)
        #expect(
            page.contains(
                "value=\"htp://x\" required maxlength=\"5000\" aria-invalid=\"true\" aria-describedby=\"add-url-error\""
            ))
        #expect(page.contains("<p class=\"field-error\" id=\"add-url-error\">Only http and https</p>"))
        #expect(page.contains("<details open>"))
        #expect(page.contains("value=\"a, b\""))
    }

    @Test(
        "the pager names first, last and neighbours",
        arguments: [
            (1, 50, []), (1, 51, ["1*", "2"]), (5, 1_000, ["1", "…4", "5*", "6", "…20"]),
            (20, 1_000, ["1", "…19", "20*"]), (99, 1_000, ["1", "…19", "20*"]),
        ])
    func pager(page: Int, matching: Int, expected: [String]) throws {
        var query = ListQuery()
        query.page = page
        let renderer = try Samples.renderer()
        let scene = Scene(frame: Samples.frame(), base: "", templates: renderer.templates)
        let field = Samples.list(Samples.three, query: query, matching: matching).fields(scene)["pager"]
        guard case .group(let fields) = field, case .list(let pages) = fields["pages"] else {
            #expect(expected.isEmpty)
            return
        }
        let words = pages.map { page -> String in
            guard case .number(let number) = page["number"], case .flag(let current) = page["current"],
                case .flag(let gap) = page["gap"]
            else { return "?" }
            return "\(gap ? "…" : "")\(number)\(current ? "*" : "")"
        }
        #expect(words == expected)
    }

    @Test("only the rows are rendered for a refresh")
    func partial() throws {
        let rows = String(
            decoding: try Samples.renderer().renderRows(Samples.list(Samples.three), Samples.frame()), as: UTF8.self)
        #expect(rows.contains("id=\"list-rows\""))
        #expect(rows.contains("id=\"pills\""))
        #expect(!rows.contains("<html"))
    }
}

@Suite struct ListQueryTests {
    private func query(_ text: String) -> ListQuery {
        let pairs = text.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let values = Dictionary(
            pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") }, uniquingKeysWith: { first, _ in first })
        return ListQuery { values[$0] }
    }

    @Test(
        "what is read is written again",
        arguments: [
            "", "?unread=1", "?with_errors=1&page=7", "?paused=1&q=a", "?sort=label", "?sort=label&order=desc",
            "?order=asc",
            "?sort=last_checked&page=2", "?tag=3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        ])
    func roundTrip(text: String) {
        #expect(query(String(text.dropFirst())).queryString == text)
    }

    @Test(
        "nonsense counts as not there",
        arguments: [
            "page=0", "page=-3", "page=x", "sort=drop+table", "tag=1", "unread=yes", "order=sideways",
            "page=99999999999999999999",
        ])
    func nonsense(text: String) {
        #expect(query(text).queryString == "")
    }

    @Test("a search is percent-encoded")
    func encoding() {
        var query = ListQuery()
        query.search = "a&b=ü \"<"
        #expect(query.queryString == "?q=a%26b%3D%C3%BC%20%22%3C")
    }

    @Test("sorting by the same column turns it round, by another starts its own way")
    func sorting() {
        let plain = ListQuery()
        #expect(plain.toggling(.changed).descending == false)
        #expect(plain.toggling(.label).descending == false)
        #expect(plain.toggling(.checked).descending == true)
        #expect(plain.toggling(.label).toggling(.label).descending == true)
    }
}

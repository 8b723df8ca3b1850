import Domain
import Foundation
import HTTPTypes
import Monitor
import NIOCore
import NIOEmbedded
import Storage
import StoreTestKit
import Testing
import WebTestSupport

@testable import Pages
@testable import WebCore

@Suite struct PageRoutesTests {
    @Test("adding through the form stores the watch and shows it first")
    func add() async throws {
        try await PageSite.run { site in
            for index in 0..<3 { _ = try await site.watch("https://example.org/\(index)", "one", "two") }
            let answer = try await site.post(
                "/form/add", ["url": " https://example.org/new ", "title": "New <one>", "tags": "a, b"])
            #expect(answer.status == 303)
            let rows = try await site.store.page(WatchQuery(search: "new <one>")).rows
            let row = try #require(rows.first)
            #expect(row.url == "https://example.org/new")
            #expect(row.tags.count == 2)
            #expect(answer.location == "/?new=\(row.id)&done=added")
            let page = try await site.get(answer.location).text
            #expect(page.contains("Watch added."))
            let first = try #require(page.components(separatedBy: "<tr role=\"row\" id=\"w-").dropFirst().first)
            #expect(first.hasPrefix(row.id.description))
            #expect(first.contains("New &lt;one&gt;"))
        }
    }

    @Test("a bad address comes back in the form with what is wrong, and nothing is stored")
    func badAddress() async throws {
        try await PageSite.run { site in
            let answer = try await site.post("/form/add", ["url": "htp:\"x", "title": "kept", "tags": "not made"])
            #expect(answer.status == 422)
            #expect(answer.text.contains("id=\"add-url-error\">Only http and https"))
            #expect(answer.text.contains("value=\"htp:&quot;x\""))
            #expect(answer.text.contains("value=\"kept\""))
            #expect(try await site.store.totals() == Totals())
        }
    }

    @Test("the list filters, searches, sorts and pages")
    func list() async throws {
        try await PageSite.run { site in
            let paused = try await site.watch("https://a.example/", title: "Alpha", "x")
            let unread = try await site.watch("https://b.example/", title: "Beta", "x", "y")
            try await site.actions.asked(by: .tester).setPaused([paused], true)
            func rows(_ path: String) async throws -> [String] {
                let text = try await site.get(path).text
                return text.components(separatedBy: "<tr role=\"row\" id=\"w-").dropFirst().map {
                    String($0.prefix(36))
                }
            }
            let all = try await rows("/")
            #expect(Set(all) == [paused.description, unread.description])
            #expect(try await rows("/?paused=1") == [paused.description])
            #expect(try await rows("/?unread=1") == [unread.description])
            #expect(try await rows("/?q=BETA") == [unread.description])
            #expect(try await rows("/?sort=label") == [paused.description, unread.description])
            #expect(try await rows("/?sort=label&order=desc") == [unread.description, paused.description])
            #expect(try await rows("/?page=9").isEmpty)
            let partial = try await site.get("/?partial=rows&unread=1")
            #expect(partial.text.contains("id=\"list-rows\""))
            #expect(!partial.text.contains("<html"))
        }
    }

    @Test("the buttons do what they say and lead back to where they were pressed")
    func buttons() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "W", "x", "y")
            let back = "/?unread=1"
            func press(_ name: String) async throws -> String {
                try await site.post("/form/\(name)", ["uuid": id.description, "return": back]).location
            }
            #expect(try await press("pause") == "/?unread=1&done=paused")
            #expect(try await site.store.watch(id)?.paused == true)
            #expect(try await press("unpause") == "/?unread=1&done=resumed")
            #expect(try await site.store.watch(id)?.paused == false)
            #expect(try await press("recheck") == "/?unread=1&done=queued")
            #expect(site.queue.counts.length == 1)
            #expect(try await press("mark-viewed") == "/?unread=1&done=read")
            #expect(try await site.store.watch(id)?.state.isUnviewed == false)
        }
    }

    @Test("deleting asks first")
    func delete() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "To go", "x")
            let question = try await site.post("/form/delete", ["uuid": id.description, "return": "/?q=a"])
            #expect(question.status == 200)
            #expect(question.text.contains("Delete this watch?"))
            #expect(try await site.store.watch(id) != nil)
            let answer = try await site.post(
                "/form/delete", ["uuid": id.description, "return": "/?q=a", "confirmed": "yes"])
            #expect(answer.location == "/?q=a&done=deleted")
            #expect(try await site.store.watch(id) == nil)
            #expect(
                try await site.post("/form/delete", ["uuid": id.description, "confirmed": "yes"]).location
                    == "/?done=gone")
        }
    }

    @Test("all that a list shows are deleted after a question; a list that leaves nothing out is not")
    func deleteMatching() async throws {
        try await PageSite.run { site in
            let gone = try await site.watch(title: "Old news", "x")
            let kept = try await site.watch(title: "Prices", "x")
            let list = try await site.get("/?q=news")
            #expect(list.text.contains("/form/delete-matching"))
            #expect(try await !site.get("/").text.contains("/form/delete-matching"))
            let question = try await site.post("/form/delete-matching", ["return": "/?q=news&page=7"])
            #expect(question.status == 200 && question.text.contains("Delete 1 watch?"))
            #expect(try await site.store.watch(gone) != nil)
            let answer = try await site.post("/form/delete-matching", ["return": "/?q=news", "confirmed": "yes"])
            #expect(answer.location == "/?done=deleted-all")
            #expect(try await site.store.watch(gone) == nil)
            for path in ["/", "/?sort=label", "//x?q=Prices", ""] {
                let refused = try await site.post("/form/delete-matching", ["return": path, "confirmed": "yes"])
                #expect(refused.status == 400, "\(path)")
            }
            #expect(try await site.store.watch(kept) != nil)
        }
    }

    @Test(
        "a form never leads to another site",
        arguments: [
            "//evil.example", "https://evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b", "javascript:alert(1)",
            "", "/\u{e9}",
        ])
    func openRedirect(path: String) {
        #expect(ReturnPath.checked(path) == "/")
    }

    @Test("checking all and reading all")
    func all() async throws {
        try await PageSite.run { site in
            _ = try await site.watch("https://a.example/", "x", "y")
            _ = try await site.watch("https://b.example/", "x", "y")
            #expect(try await site.store.totals().unviewed == 2)
            #expect(try await site.post("/form/mark-all-viewed", [:]).location == "/?done=all-read")
            #expect(try await site.store.totals().unviewed == 0)
            #expect(
                try await site.post("/form/recheck-all", ["return": "/?page=2&done=read"]).location
                    == "/?page=2&done=queued-all")
            #expect(try await site.store.due(at: Samples.now, after: nil, limit: 10).count == 2)
        }
    }

    @Test("a watch's text is shown in the newest or any version")
    func preview() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "W", "first <text>", "second")
            let versions = try await site.store.snapshots(of: id).map(\.version)
            try #require(versions.count >= 2)
            let newest = try await site.get("/watch/\(id)")
            #expect(newest.text.contains("<li>second"))
            let old = try await site.get("/watch/\(id)?version=\(versions[0])")
            #expect(old.text.contains("<li>first &lt;text&gt;"))
            #expect(try await site.get("/watch/\(id)?version=1").status == 404)
            #expect(try await site.get("/watch/\(id)?version=newest").status == 404)
            #expect(try await site.get("/preview/\(id)").location == "/watch/\(id)")
        }
    }

    @Test("looking at a change marks it as read, fetching ahead does not")
    func marksViewed() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "W", "one", "two")
            let ahead = try await site.get("/diff/\(id)", ["sec-purpose": "prefetch;anonymous-client-ip"])
            #expect(ahead.status == 200)
            #expect(try await site.store.watch(id)?.state.isUnviewed == true)
            let page = try await site.get("/diff/\(id)").text
            #expect(page.contains("<del><mark>one</mark></del>"))
            #expect(page.contains("<ins><mark>two</mark></ins>"))
            #expect(page.contains(">1 difference<"))
            #expect(!page.contains("data-unread=\"\"") && !page.contains("<span class=\"vh unread\">unread"))
            #expect(try await site.store.watch(id)?.state.isUnviewed == false)
        }
    }

    @Test("what changed since it was last looked at is shown together")
    func sinceSeen() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "W", "one", "two", "three")
            let versions = try await site.store.snapshots(of: id).map(\.version)
            try #require(versions.count >= 2)
            _ = try await site.store.markViewed(id, version: versions[0])
            #expect(try await site.get("/diff/\(id)").text.contains("<mark>one</mark>"))
            #expect(try await site.get("/diff/\(id)").text.contains("<mark>two</mark>"))
            let chosen = try await site.get(
                "/diff/\(id)?from_version=\(versions[0])&to_version=\(versions[1])&view=split&fold=no"
            ).text
            #expect(chosen.contains("<mark>one</mark>") && chosen.contains("<mark>two</mark>"))
            #expect(chosen.contains("class=\"diff split\""))
        }
    }

    @Test("an edit stores what the form says")
    func edit() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "Before", "x")
            #expect(try await site.get("/edit/\(id)").text.contains("value=\"Before\""))
            let answer = try await site.post(
                "/edit/\(id)",
                [
                    "url": "https://example.org/after", "title": "After", "tags": "one, two",
                    "time_between_check-hours": "6",
                    "ignore_text": "a\r\n\r\nb", "trim_text_whitespace": "on", "method": "GET",
                ])
            #expect(answer.location == "/watch/\(id)?done=saved")
            let watch = try #require(try await site.store.watch(id))
            #expect(watch.url == "https://example.org/after")
            #expect(watch.title == "After")
            #expect(watch.tags.count == 2)
            #expect(watch.settings.timeBetweenCheck == CheckInterval(hours: 6))
            #expect(watch.settings.usesDefaultInterval == false)
            #expect(watch.settings.ignoreText == ["a", "b"])
            #expect(watch.settings.trimTextWhitespace)
        }
    }

    @Test("what cannot be read and what rules are against is told in one round, each once")
    func oneRound() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "Before", "x")
            let before = try await site.store.watch(id)
            let form = [
                "url": "nonsense", "time_between_check-hours": "soon", "headers": "no colon", "include_filters": "a[b",
                "trigger_text": "/(/", "bounding_box": "1,2", "method": "GET", "link_to_open": "javascript:alert(1)",
            ]
            let answer = try await site.post("/edit/\(id)", form)
            #expect(answer.status == 422)
            for field in form.keys where field != "method" && field != "time_between_check-hours" {
                #expect(answer.text.contains("id=\"\(field)-error\""), "\(field)")
            }
            #expect(answer.text.contains("7 fields have problems"))
            #expect(!answer.text.contains("Enter a time between checks"))
            #expect(try await site.store.watch(id) == before)
        }
    }

    @Test(
        "a bad edit stores nothing, not even tags, and keeps what was typed",
        arguments: [
            ("url", "nonsense"), ("time_between_check-hours", "soon"), ("headers", "no colon"), ("method", "BREW"),
        ])
    func badEdit(field: String, text: String) async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "Before", "x")
            let before = try await site.store.watch(id)
            var form = [
                "url": "https://example.org/", "title": "After", "tags": "new", "time_between_check_use_default": "on",
            ]
            form[field] = text
            let answer = try await site.post("/edit/\(id)", form)
            #expect(answer.status == 422)
            #expect(answer.text.contains("value=\"After\""))
            #expect(answer.text.contains("field-error"))
            #expect(try await site.store.watch(id) == before)
            #expect(try await site.store.tags().isEmpty)
        }
    }

    @Test(
        "what is not there is a page with status 404",
        arguments: [
            "/nothing", "/watch/x", "/watch/\(UUID())", "/diff/\(UUID())", "/edit/\(UUID())", "/assets/no.css",
            "/assets/../layout.mustache",
        ])
    func notFound(path: String) async throws {
        try await PageSite.run { site in
            let answer = try await site.get(path)
            #expect(answer.status == 404)
            if !path.hasPrefix("/assets") { #expect(answer.text.contains("Page not found")) }
            #expect(try await site.get(path, ["accept": "application/json"]).text.contains("<html") == false)
        }
    }

    @Test("a failure of ours is a calm page, and says nothing of its inside")
    func failure() async throws {
        try await PageSite.run { site in
            let answer = try await site.get("/broken")
            #expect(answer.status == 500)
            #expect(answer.text.contains("Something went wrong"))
            #expect(!answer.text.contains("Broken"))
            let program = try await site.get("/broken", ["accept": "application/json"])
            #expect(program.status == 500)
            #expect(program.headers[.contentType] == "application/json")
        }
    }

    @Test("a form that is too large is refused with a page")
    func tooLarge() async throws {
        try await PageSite.run { site in
            let body = [UInt8](repeating: UInt8(ascii: "a"), count: FormBody.mostBytes + 1)
            let answer = try await site.ask(.post, "/form/add", body, [:])
            #expect(answer.status == 413)
            #expect(answer.text.contains("Request too large"))
        }
    }

    @Test("behind a sub-path every redirect stays there")
    func base() async throws {
        try await PageSite.run(base: "/sub") { site in
            let answer = try await site.post("/form/add", ["url": "https://example.org/"])
            #expect(answer.location.hasPrefix("/sub/?new="))
            #expect(
                try await site.post("/form/mark-all-viewed", ["return": "/?page=2"]).location
                    == "/sub/?page=2&done=all-read")
        }
    }
}

@Suite struct PageSecurityTests {
    @Test(
        "what another site sends is refused, what a person or a program sends is not",
        arguments: [
            (["sec-fetch-site": "same-origin"], 303), (["sec-fetch-site": "none"], 303),
            (["sec-fetch-site": "cross-site"], 403),
            (["sec-fetch-site": "same-site"], 403),
            (["sec-fetch-site": "same-origin", "origin": "https://elsewhere.example"], 303),
            (["origin": "http://turnstone.test:5000"], 303), (["origin": "https://turnstone.test:5000"], 303),
            (["origin": "http://TURNSTONE.test:5000"], 303), (["origin": "http://turnstone.test"], 403),
            (["origin": "null"], 403),
            (["origin": "http://turnstone.test:5000.evil.example"], 403),
            (["origin": "https://turnstone.example"], 303), ([:], 303),
        ])
    func origins(headers: [String: String], status: Int) async throws {
        try await PageSite.run { site in
            let changing = try await site.post("/form/mark-all-viewed", [:], headers)
            #expect(changing.status == status)
            let reading = try await site.get("/", headers)
            #expect(reading.status == 200)
            let program = try await site.post("/api/v1/open", [:], headers)
            #expect(program.status == 204)
        }
    }

    @Test(
        "what is wrong with database or memory stands above every page, as text",
        arguments: ["/", "/tags", "/settings", "/no-such-page", "/locked"])
    func banners(path: String) async throws {
        let banners = [
            Banner("Changes cannot be saved: <disk> full.", isGrave: true), Banner("Memory is short.", isGrave: false),
        ]
        try await PageSite.run(banners: banners) { site in
            let page = try await site.get(path).text
            let start = try #require(page.range(of: "<main id=\"main\" tabindex=\"-1\">"))
            let lines = page[start.upperBound...].split(separator: "\n").prefix(2).map(String.init)
            #expect(
                lines == [
                    "<p class=\"notice banner bad\" role=\"status\">Changes cannot be saved: &lt;disk&gt; full.</p>",
                    "<p class=\"notice banner \" role=\"status\">Memory is short.</p>",
                ])
        }
        try await PageSite.run { site in
            let page = try await site.get(path).text
            #expect(!page.contains("class=\"notice banner"))
        }
    }

    @Test("pages forbid inline scripts, other sites, frames and guessing of types")
    func headers() async throws {
        try await PageSite.run { site in
            let headers = try await site.get("/").headers
            let policy = try #require(headers[.contentSecurityPolicy])
            for directive in [
                "default-src 'none'", "script-src 'self'", "frame-ancestors 'self'", "base-uri 'none'",
                "form-action 'self'",
            ] {
                #expect(policy.contains(directive))
            }
            #expect(!policy.contains("unsafe"))
            #expect(headers[.xContentTypeOptions] == "nosniff")
            #expect(headers[.cacheControl] == "private, no-cache")
        }
    }

    @Test("assets are kept for good under their version, asked for anew without it")
    func assets() async throws {
        try await PageSite.run { site in
            let path = site.assets.url("css/app.css")
            let sheet = try await site.get(path, ["accept-encoding": "gzip, br"])
            #expect(sheet.headers[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(sheet.headers[.contentEncoding] == "gzip")
            #expect(sheet.headers[.contentType] == "text/css; charset=utf-8")
            #expect(sheet.bytes.starts(with: [0x1F, 0x8B]))
            let plain = try await site.get("/assets/css/app.css")
            #expect(plain.headers[.cacheControl] == "public, no-cache")
            #expect(plain.headers[.contentEncoding] == nil)
            #expect(plain.bytes == site.assets["css/app.css"]?.bytes)
            let etag = try #require(plain.headers[.eTag])
            #expect(try await site.get("/assets/css/app.css", ["if-none-match": "\"x\", W/\(etag)"]).status == 304)
            #expect(try await site.get("/assets/css/app.css", ["if-none-match": "\"x\""]).status == 200)
            #expect(try await site.get("/favicon.svg").headers[.contentType] == "image/svg+xml")
        }
    }
}

@Suite struct RefusalTests {
    @Test(
        "pages wait in line for a thread; when the line is full, they are refused for a while", .timeLimit(.minutes(1)))
    func busy() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "W", "one", "two")
            let (goOn, sayGoOn) = AsyncStream.makeStream(of: Void.self)
            let (begun, sayBegun) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                tasks.addTask {
                    try await site.threads.turn(of: "first", unless: site.channel.closeFuture) {
                        sayBegun.yield()
                        for await _ in goOn { break }
                        return 0
                    }
                }
                for await _ in begun { break }
                tasks.addTask { try await site.get("/diff/\(id)").status }
                for await _ in site.waits { break }
                let refused = try await site.get("/watch/\(id)")
                #expect(refused.status == 503)
                #expect(refused.headers[.retryAfter] != nil)
                #expect(refused.text.contains("Turnstone is busy"))
                #expect(try await site.store.watch(id)?.state.isUnviewed == true, "nobody has seen it yet")
                sayGoOn.yield()
                var statuses: [Int] = []
                for try await status in tasks { statuses.append(status) }
                #expect(statuses.sorted() == [0, 200])
            }
        }
    }

    @Test("what nobody waits for any more is not begun", .timeLimit(.minutes(1)))
    func left() async throws {
        try await PageSite.run { site in
            let id = try await site.watch(title: "W", "one", "two")
            let (goOn, sayGoOn) = AsyncStream.makeStream(of: Void.self)
            let (begun, sayBegun) = AsyncStream.makeStream(of: Void.self)
            let other = NIOAsyncTestingChannel()
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                tasks.addTask {
                    try await site.threads.turn(of: "first", unless: other.closeFuture) {
                        sayBegun.yield()
                        for await _ in goOn { break }
                        return 0
                    }
                }
                for await _ in begun { break }
                tasks.addTask { try await site.get("/diff/\(id)").status }
                for await _ in site.waits { break }
                try await site.channel.close()
                #expect(try await tasks.next() == 500)
                #expect(site.threads.waitingCount == 0)
                sayGoOn.yield()
                _ = try await tasks.next()
            }
            #expect(try await site.store.watch(id)?.state.isUnviewed == true)
        }
    }

    @Test("turns for the same page come one after the other, so that the second finds what the first has made")
    func oneAfterTheOther() async throws {
        let (waits, sayWaits) = AsyncStream.makeStream(of: Void.self)
        let threads = PageThreads(width: 2, onWait: { sayWaits.yield() })
        let channel = NIOAsyncTestingChannel()
        let (goOn, sayGoOn) = AsyncStream.makeStream(of: Void.self)
        let (begun, sayBegun) = AsyncStream.makeStream(of: String.self)
        await withThrowingTaskGroup(of: Void.self) { tasks in
            var order = begun.makeAsyncIterator()
            tasks.addTask {
                try await threads.turn(of: "a", unless: channel.closeFuture) {
                    sayBegun.yield("a")
                    for await _ in goOn { break }
                }
            }
            #expect(await order.next() == "a")
            tasks.addTask {
                try await threads.turn(of: "a", unless: channel.closeFuture) { _ = sayBegun.yield("a again") }
            }
            for await _ in waits { break }
            tasks.addTask { try await threads.turn(of: "b", unless: channel.closeFuture) { _ = sayBegun.yield("b") } }
            #expect(await order.next() == "b")
            sayGoOn.yield()
            #expect(await order.next() == "a again")
        }
        _ = try? await channel.close()
    }

    @Test("a store that takes nothing says why, and when to come again")
    func store() async throws {
        try await PageSite.run { site in
            for accept in ["text/html", "application/json"] {
                let answer = try await site.get("/locked", ["accept": accept])
                #expect(answer.status == 503)
                #expect(answer.headers[.retryAfter] == "5")
                #expect(answer.text.contains("The database is locked by another process"))
                #expect(answer.text.hasPrefix(accept == "text/html" ? "<!doctype html>" : "{\"message\":"))
            }
        }
    }

    @Test("a body that is too large is refused in JSON")
    func tooLarge() async throws {
        try await PageSite.run { site in
            let body = [UInt8](repeating: UInt8(ascii: " "), count: PageSite.mostBytes + 1)
            let answer = try await site.ask(.post, "/api/v1/large", body, [:])
            #expect(answer.status == 413)
            #expect(answer.text.contains("\"message\":\"The request exceeds the size limit"))
        }
    }

    @Test(
        "a method that a path does not have is told apart from a path that is not there",
        arguments: [
            (HTTPRequest.Method.patch, "/", 405, "GET, HEAD"), (.trace, "/edit/x", 405, "GET, HEAD, POST"),
            (.get, "/form/add", 405, "POST"), (.patch, "/no/such/page", 404, nil),
        ] as [(HTTPRequest.Method, String, Int, String?)])
    func methods(method: HTTPRequest.Method, path: String, status: Int, allowed: String?) async throws {
        try await PageSite.run { site in
            let answer = try await site.ask(method, path, [], [:])
            #expect(answer.status == status)
            #expect(answer.headers[.allow] == allowed)
        }
    }
}

@Suite struct CompressionTests {
    @Test(
        "what is written in pieces arrives whole, compressed only for those who take it",
        arguments: [
            ("gzip", true), ("br, gzip;q=0.5", true), ("gzip;q=0", false), ("identity", false), ("", false),
            ("*", false), ("x-gzip", true),
            ("GZIP", true),
        ])
    func pieces(accept: String, isCompressed: Bool) async throws {
        try await PageSite.run { site in
            let plain = try await site.get("/api/v1/long").bytes
            #expect(plain.count == 20_000)
            let answer = try await site.get("/api/v1/long", ["accept-encoding": accept])
            #expect(answer.headers[.vary] == "Accept-Encoding")
            #expect((answer.headers[.contentEncoding] == "gzip") == isCompressed)
            #expect(
                isCompressed ? Gunzip.decompressed(answer.bytes, count: plain.count) == plain : answer.bytes == plain
            )
        }
    }

    @Test("a page arrives whole too, and is much smaller")
    func page() async throws {
        try await PageSite.run { site in
            let plain = try await site.get("/")
            let small = try await site.get("/", ["accept-encoding": "gzip"])
            #expect(Gunzip.decompressed(small.bytes, count: plain.bytes.count) == plain.bytes)
            #expect(small.bytes.count * 2 < plain.bytes.count)
            #expect(small.headers[.contentLength] == nil)
        }
    }
}

@Suite struct FormBodyTests {
    @Test(
        "a form is read as browsers write it",
        arguments: [
            ("a=1&b=2", ["a": "1", "b": "2"]), ("a=x+y%21", ["a": "x y!"]), ("a=%C3%BC", ["a": "ü"]), ("a", ["a": ""]),
            ("a=1&a=2", ["a": "1"]),
            ("a=%", ["a": "%"]), ("a=%zz", ["a": "%zz"]), ("a=%4", ["a": "%4"]), ("&&=&", ["": ""]),
            ("a=b=c", ["a": "b=c"]),
            ("a=%0D%0A", ["a": "\r\n"]), ("a=%FF", ["a": "\u{FFFD}"]), ("%61=1", ["a": "1"]),
        ])
    func forms(text: String, values: [String: String]) {
        let form = FormBody(Array(text.utf8))
        for (name, value) in values { #expect(form[name] == value) }
        #expect(form["missing"] == nil)
    }
}

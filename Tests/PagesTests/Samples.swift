import Domain
import Fetchers
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import Storage

@testable import Pages
@testable import WebCore

/// Pages with every kind of content, for checking templates against and for looking at.
enum Samples {
    static let now = Date(timeIntervalSince1970: 1_795_244_400)
    static let templates = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "templates").path()

    static func renderer(base: String = "") throws -> PageRenderer {
        try PageRenderer(folder: templates, base: base)
    }

    static let banners = [
        Banner("The database file /data/turnstone.db was deleted or moved away.", isGrave: true),
        Banner("The database is older than when Turnstone last ran.", isGrave: false),
    ]

    static func frame(_ totals: Totals = Totals(watches: 1_234, paused: 12, unviewed: 7, failing: 3, tags: 2)) -> Frame
    {
        Frame(now: now, queueLength: 12, running: 3, totals: totals, banners: banners)
    }

    static let news = TagID()
    static let prices = TagID()
    static let tags = [
        news: Tag(id: news, title: "news", createdAt: now, colour: TagColour("#4f8ef7")),
        prices: Tag(id: prices, title: "prices & offers", createdAt: now, colour: TagColour("#abc")),
    ]

    static func tags(_ ids: TagID...) -> [Tag] { ids.compactMap { tags[$0] } }

    static func recent(_ count: Int, ending last: CheckResult, seed: Int = 1) -> [RecentCheck] {
        (0..<count).map { index in
            let result: CheckResult =
                index == count - 1
                ? last : (index * 7 + seed) % 11 == 0 ? .changed : (index * 5 + seed) % 17 == 0 ? .failed : .unchanged
            return RecentCheck(
                result: index == 0 && count < 20 ? .first : result,
                startedAt: now.addingTimeInterval(TimeInterval(index - count) * 3_600),
                duration: .milliseconds(90 + (index * 1_237 + seed * 431) % 4_000))
        }
    }

    /// One row; what is not said is a watch that was checked five minutes ago without a change.
    static func row(
        id: WatchID = WatchID(), url: String = "https://example.org/news", title: String? = "Example news",
        tags: [TagID] = [], paused: Bool = false, checked: TimeInterval? = -300, changed: TimeInterval? = -86_400,
        failure: CheckFailure? = nil, status: Int? = 200, milliseconds: Int = 412, history: Int = 5,
        unread: Bool = false,
        last: CheckResult = .unchanged, checks: Int = 20, seed: Int = 1
    ) -> WatchRow {
        WatchRow(
            id: id, url: url, title: title, pageTitle: nil, tags: tags, paused: paused, notificationMuted: false,
            lastChecked: checked.map(now.addingTimeInterval), lastChanged: changed.map(now.addingTimeInterval),
            lastFailure: failure, lastStatus: status, lastDuration: .milliseconds(milliseconds), historyCount: history,
            newestVersion: history > 0 ? SnapshotVersion(1_795_000_000) : nil, isUnviewed: unread,
            nextDue: paused ? nil : now.addingTimeInterval(10_500), recent: recent(checks, ending: last, seed: seed))
    }

    static let three: [WatchRow] = [
        row(
            url: "https://www.heise.de/", title: "heise online", tags: [news], changed: -40, unread: true,
            last: .changed, seed: 3),
        row(
            url: "https://shop.example.com/p/123?ref=watch", title: "Blue kettle, 1.7 l", tags: [prices],
            checked: -7_300, seed: 5),
        row(
            url: "https://status.example.net/api/health.json", title: nil, checked: -62,
            failure: CheckFailure(.httpStatus, "503"), status: 503, milliseconds: 1_240, last: .failed, seed: 7),
    ]

    static let hostile =
        "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\"\u{301} onmouseover=alert(3) x=\"{{base}}"

    /// Fifty rows of what people really watch: long, in many scripts, broken.
    static let fifty: [WatchRow] = {
        let long = String(repeating: "A title that goes on and on, as some pages' titles do, ", count: 9)
        let names: [(String, String?)] = [
            ("https://www.gesetze-im-internet.de/bgb/__312.html", "§ 312 BGB Anwendungsbereich"),
            ("https://ja.wikipedia.org/wiki/メインページ", "ウィキペディア、フリー百科事典、多言語プロジェクトとして公開されている百科事典"),
            ("https://www.aljazeera.net/news/", "الجزيرة نت: آخر أخبار اليوم حول العالم"),
            ("https://he.wikipedia.org/wiki/עמוד_ראשי", "ויקיפדיה, האנציקלופדיה החופשית"),
            (
                "https://example.com/\(String(repeating: "very/long/path/", count: 30))index.html?\(String(repeating: "q=1&", count: 40))",
                long
            ),
            ("https://zh.example.cn/价格", "价格监控：最新商品价格与库存情况一览表"),
            ("https://emoji.example/🪨", "🪨 Stones 🐦‍⬛ and birds"),
            ("https://example.org/" + hostile, hostile),
            ("javascript:alert(document.cookie)", "Not a link"),
            ("source:https://example.net/feed.xml", nil),
        ]
        return (0..<50).map { index in
            let (url, title) = names[index % names.count]
            let failure: CheckFailure? =
                switch index % 13 {
                case 4: CheckFailure(.dnsFailed, "a-very-long-host-name-that-does-not-exist.example.com")
                case 7: CheckFailure(.noFilterMatch, "#content > div.main " + hostile)
                case 9: CheckFailure(.timeout, "30")
                default: nil
                }
            return row(
                url: url, title: title, tags: index % 4 == 0 ? [news, prices] : index % 3 == 0 ? [news] : [],
                paused: index % 11 == 10, checked: index % 17 == 16 ? nil : -TimeInterval(index * index * 97 + 8),
                changed: index % 5 == 0 ? nil : -TimeInterval(index * 40_000 + 30), failure: failure,
                status: failure == nil ? 200 : nil, milliseconds: 80 + index * 173, unread: index % 6 == 1,
                last: failure != nil ? .failed : index % 6 == 1 ? .changed : .unchanged,
                checks: index % 17 == 16 ? 0 : 3 + index % 20,
                seed: index)
        }
    }()

    static func activity(_ rows: [WatchRow]) -> [WatchID: RowActivity] {
        guard rows.count >= 3 else { return [:] }
        return [rows[1].id: .checking(.fetching), rows[rows.count - 1].id: rows.count > 3 ? .queued : .idle]
    }

    static func list(_ rows: [WatchRow], query: ListQuery = ListQuery(), matching: Int? = nil, notice: Notice? = nil)
        -> ListPage
    {
        ListPage(
            query: query, rows: rows, matching: matching ?? rows.count, pageSize: 50, activity: activity(rows),
            tags: tags, notice: notice)
    }

    static let text = """
        Example news

        Weather: 21 °C, light wind from the west
        Updated 5 minutes ago

        # Headlines
        - A stone was turned on Tuesday
        - مرحبا بالعالم — a line that begins in Arabic
        - 价格：¥1,299.00
        - <script>alert(1)</script> is only text here
        - \(String(repeating: "A very long line without a break in sight ", count: 12))
        - https://example.org/\(String(repeating: "x", count: 300))

        """

    static let versions = (0..<6).map { SnapshotVersion(1_795_000_000 - Int64($0) * 86_411) }

    static let checks: [CheckRecord] = (0..<24).map { index in
        let failure: CheckFailure? = index % 9 == 4 ? CheckFailure(.connectTimeout, "example.org") : nil
        return CheckRecord(
            startedAt: now.addingTimeInterval(-TimeInterval(index * 3_600 + 300)),
            duration: .milliseconds(200 + (index * 997) % 2_300), status: failure == nil ? 200 : nil,
            byteCount: failure == nil ? 48_211 + index * 313 : 0,
            result: failure != nil ? .failed : index == 23 ? .first : index % 5 == 0 ? .changed : .unchanged,
            failure: failure)
    }

    static func previewPage() -> PreviewPage {
        var page = PreviewPage(
            row: three[0], tags: tags(news, prices), intervalSeconds: 10_800, versions: versions,
            chosen: versions[1],
            text: Array(text.utf8), checks: checks, notice: .saved)
        page.reason = held
        page.versionReason = told
        return page
    }

    /// A check with every kind of step, and rules that are long, hostile and many.
    static let held: CheckTrace = {
        let long =
            "body > div.container > main#content > section:nth-of-type(2) > div.product-list > article.product > span"
        let rules = [
            TraceRule("/sold out|ausverkauft/i", matches: 3, line: 1_204, sample: "Blue kettle: sold out"),
            TraceRule(hostile, matches: 1, line: 7, sample: hostile), TraceRule(long, matches: 0),
        ]
        return CheckTrace(
            number: 24, startedAt: now.addingTimeInterval(-300), result: .unchanged,
            unreadSince: now.addingTimeInterval(-7_200),
            steps: [
                TraceStep(.fetched, microseconds: 412_000, note: "status 200, 48.2 kB"),
                TraceStep(.read, microseconds: 1_830, note: "as HTML"),
                TraceStep(
                    .subtracted, microseconds: 240,
                    rules: [TraceRule("nav, footer", matches: 2), TraceRule(".cookie-banner")]),
                TraceStep(
                    .included, linesAfter: 1_312, microseconds: 970,
                    rules: [
                        TraceRule(long, matches: 48, sample: "Blue kettle, 1.7 l"),
                        TraceRule("//article[@class='main']/h2/text()", matches: 1, sample: "مرحبا بالعالم"),
                        TraceRule("json:$.offers[*].price"),
                    ]),
                TraceStep(.trimmed, linesBefore: 1_312, linesAfter: 1_298, microseconds: 61),
                TraceStep(
                    .ignored, linesBefore: 1_298, linesAfter: 1_296, microseconds: 118,
                    rules: [
                        TraceRule(
                            "/updated \\d+ minutes ago/i", matches: 2, line: 3, sample: "Updated 5 minutes ago")
                    ]),
                TraceStep(.compared, microseconds: 44, note: "the text is different from last time"),
                TraceStep(
                    .trigger, microseconds: 87, note: "line 1204 matches “/sold out|ausverkauft/i”", rules: rules,
                    rulesLeftOut: 1_234),
                TraceStep(
                    .conditions, microseconds: 31,
                    note: "a condition is not met: extracted_number < 20 (it is 24.9)",
                    rules: [
                        TraceRule("word_count > 10", matches: 1, sample: "3120", holds: true),
                        TraceRule("extracted_number < 20", sample: "24.9", holds: false),
                        TraceRule("page_filtered_text in kettle", matches: 1, holds: true),
                    ], stops: true),
            ])
    }()

    /// The check that took a version, told for a rule among many.
    static let told = CheckTrace(
        number: 19, startedAt: now.addingTimeInterval(-86_700), result: .changed, version: versions[1],
        unreadSince: held.unreadSince, steps: held.steps.dropLast().map { $0 })

    static let broken: CheckTrace = {
        let failure = CheckFailure(.noFilterMatch, "#content > div.main " + hostile)
        return CheckTrace(
            number: 9, startedAt: now.addingTimeInterval(-62), result: .failed, failure: failure,
            steps: [
                TraceStep(.fetched, microseconds: 120_000, note: "status 200, 1.2 kB"),
                TraceStep(.read, microseconds: 80, note: "as HTML"),
                TraceStep(
                    .included, microseconds: 33, note: failure.message,
                    rules: [TraceRule("#content > div.main " + hostile)], stops: true),
            ])
    }()

    static let diffRows: [ComparedLine] = {
        var rows: [ComparedLine] = []
        var old = 1
        var new = 1
        func same(_ count: Int) {
            for _ in 0..<count {
                rows.append(
                    ComparedLine(
                        .same, oldLine: old, newLine: new, old: [],
                        new: [WordSpan("Unchanged line \(new): the quick brown fox")]))
                old += 1
                new += 1
            }
        }
        same(30)
        rows.append(
            ComparedLine(
                .changed, oldLine: old, newLine: new,
                old: [
                    WordSpan("Weather: "), WordSpan("19 °C", isMarked: true), WordSpan(", light wind from the "),
                    WordSpan("east", isMarked: true),
                ],
                new: [
                    WordSpan("Weather: "), WordSpan("21 °C", isMarked: true), WordSpan(", light wind from the "),
                    WordSpan("west", isMarked: true),
                ]))
        old += 1
        new += 1
        same(2)
        rows.append(
            ComparedLine(
                .removed, oldLine: old, newLine: nil, old: [WordSpan("- An old headline that is gone")], new: []))
        old += 1
        for headline in [
            "- A stone was turned on Tuesday", "- <b>not bold</b> & \"quoted\" " + hostile, "- 价格：¥1,299.00",
        ] {
            rows.append(ComparedLine(.added, oldLine: nil, newLine: new, old: [], new: [WordSpan(headline)]))
            new += 1
        }
        same(40)
        rows.append(
            ComparedLine(
                .changed, oldLine: old, newLine: new,
                old: [WordSpan(String(repeating: "a long line ", count: 30)), WordSpan("before", isMarked: true)],
                new: [WordSpan(String(repeating: "a long line ", count: 30)), WordSpan("after", isMarked: true)]))
        old += 1
        new += 1
        same(12)
        return rows
    }()

    static let longDiff = (1...20_002).map {
        ComparedLine(.added, oldLine: nil, newLine: $0, old: [], new: [WordSpan("line")])
    }

    static func diff(split: Bool, folds: Bool = true) -> DiffPage {
        var page = DiffPage(
            row: three[0], tags: tags(news), versions: versions, from: versions[2], to: versions[1],
            comparison: Comparison(lines: diffRows),
            isSplit: split,
            folds: folds)
        page.reason = told
        return page
    }

    static func watch(_ row: WatchRow) -> Watch {
        var settings = WatchSettings()
        settings.includeFilters = ["#content", "//article[@class='main']"]
        settings.ignoreText = ["/updated \\d+ minutes ago/i"]
        settings.headers = ["Accept-Language": "en"]
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck = CheckInterval(hours: 6)
        settings.conditions = [WatchCondition(field: .extractedNumber, operator: .less, value: "20 " + hostile)]
        settings.processor = .restock
        return Watch(id: row.id, url: row.url, title: row.title, tags: row.tags, settings: settings, createdAt: now)
    }

    static func edit(errors: [FieldError] = []) -> EditPage {
        let row = three[1]
        var page = EditPage(
            row: row, tags: [tag], form: EditForm(watch(row), tagTitles: ["prices", "kitchen"]), errors: errors,
            all: settings)
        page.keptPages = Array(versions.prefix(2))
        page.edits = EditsView(edits(.watch(row.id)) + edits(.watch(row.id), count: 60), tags: Array(tags.values))
        page.proxyFindings = [
            ProxyCheck.Finding(
                way: .direct, result: .success(ProxyCheck.Answer(status: 200, bytes: 4_210)),
                duration: .milliseconds(120)),
            ProxyCheck.Finding(
                way: .named("office"), result: .failure(CheckFailure(.proxyFailed, "refused the connection")),
                duration: .milliseconds(3)),
        ]
        return page
    }

    /// With what the settings make of a version: everything there is, or only that its page is gone.
    static func trial(isGone: Bool = false) -> EditPage {
        var page = edit()
        page.trial = SettingsDryRun(
            version: versions[0], trace: isGone ? nil : held, compared: isGone ? "" : "Compared with another version.",
            text: isGone ? nil : Array(String(repeating: "line\n", count: 300).utf8),
            comparison: isGone ? Comparison() : Comparison(lines: diffRows + Array(longDiff.prefix(300))))
        return page
    }

    static func failing() -> PreviewPage {
        var page = PreviewPage(
            row: three[2], intervalSeconds: 129_600, versions: versions, chosen: versions[0], text: [],
            checks: checks)
        page.reason = broken
        page.asksForCheck = true
        return page
    }

    static func shop() -> PreviewPage {
        var page = PreviewPage(
            row: three[1], tags: tags(prices), intervalSeconds: 3_600, versions: versions, chosen: versions[0],
            text: Array("In Stock: True - Price: 24.9".utf8), checks: checks)
        let offers = [29.9, 29.9, 34.5, 24.9].map { Offer(isInStock: true, price: $0, currency: "EUR") }
        page.prices = (
            offers.enumerated().map { index, offer in
                PricePoint(foundAt: now.addingTimeInterval(TimeInterval(index - 4) * 86_400), offer: offer)
            },
            PriceSummary(current: offers[3], lastPrice: 34.5, lowest: 24.9, highest: 34.5)
        )
        return page
    }

    static func picture() -> PreviewPage {
        var page = PreviewPage(
            row: three[0], intervalSeconds: 3_600, versions: versions, chosen: versions[0],
            text: Array("Picture: image/png, 640 × 480 pixels".utf8), checks: checks)
        page.pictureState = .kept
        page.offersPrice = true
        return page
    }

    static func oldPicture() -> PreviewPage {
        var page = picture()
        page.pictureState = .letGo
        page.picturesKept = 20
        return page
    }

    /// A line that stands elsewhere, as both sides show it.
    static func moved() -> DiffPage {
        let lines = [
            ComparedLine(.removed, oldLine: 1, newLine: nil, old: [WordSpan("line")], new: [], movedLine: 2),
            ComparedLine(.same, oldLine: 2, newLine: 1, old: [], new: [WordSpan("other")]),
            ComparedLine(.added, oldLine: nil, newLine: 2, old: [], new: [WordSpan("line")], movedLine: 1),
        ]
        return DiffPage(
            row: three[0], versions: versions, from: versions[1], to: versions[0], comparison: Comparison(lines: lines))
    }

    static func pictures(_ words: PictureWords) -> DiffPage {
        var page = DiffPage(row: three[0], versions: versions, from: versions[1], to: versions[0])
        page.pictures = words
        return page
    }

    static let settings: Settings = {
        var settings = Settings()
        settings.ignoreText = ["/\\d+ visitors/i", hostile]
        settings.subtractiveSelectors = ["nav", "footer"]
        settings.historyLimit = 100
        settings.stripIgnoredLines = true
        settings.renderAnchorTagContent = true
        settings.emptyPagesAreAChange = true
        settings.rssReaderMode = true
        settings.ignoreStatusCodes = true
        settings.ignoreWhitespace = false
        settings.timing.timeBetweenCheck = CheckInterval(hours: 5)
        settings.jitterSeconds = 30
        settings.pagerSize = 20
        settings.timeout = 30
        settings.timing.schedule.isEnabled = true
        settings.timeZone = "Europe/Vienna"
        if let address = try? ProxyAddress("http://user:secret@proxy.example:3128"),
            let proxy = try? NamedProxy(name: "office", address: address)
        {
            settings.proxies = [proxy]
            settings.proxy = .named("office")
        }
        settings.trust = .system
        return settings
    }()

    static let tag: Tag = {
        var tag = Tag(id: prices, title: "prices & offers " + hostile, createdAt: now)
        tag.settings.ignoreText = ["delivery time"]
        tag.addresses = AddressPattern("*://shop.example.com/*" + hostile)
        tag.colour = TagColour("#4f8ef7")
        tag.notificationMuted = true
        tag.settings.overridesWatch = true
        tag.settings.restock.priceMaximum = 19.9
        return tag
    }()

    static func tagsError() -> TagsPage {
        var page = TagsPage(tags: [tag], counts: [:])
        page.draft = ("a,b" + hostile, [FieldError("title", "Must not contain a comma")])
        return page
    }

    static func withErrors(_ page: SettingsPage) -> SettingsPage {
        var page = page
        page.errors =
            everyError(of: SettingsTable.all)
        return page
    }

    /// Edits of every kind, by everybody, of values that are long and hostile.
    static func edits(_ thing: Edit.Thing) -> [Edit] {
        func edit(
            _ id: Int64, _ who: Requester.Identity, _ action: Edit.Action, from before: EditedValues?,
            to after: EditedValues?
        ) -> Edit {
            let at = now.addingTimeInterval(-TimeInterval(1000 - id) * 9_000 - 20)
            return Edit(id: id, at: at, by: who, thing: thing, action: action, before: before, after: after)
        }
        let hostileURL = JSONValue.string("https://example.org/" + hostile)
        let long = JSONValue.string(String(repeating: "a long value ", count: 60))
        let ids: [JSONValue] = [.string(news.description), .string(prices.description), .string("gone")]
        let plain: EditedValues = ["title": .string("Kettle"), "tags": .array([ids[0]])]
        let titled: EditedValues = ["title": .string(hostile), "tags": .array(ids)]
        let empty: EditedValues = ["ignore_text": .array([]), "extra_proxies": .string("s3cret"), "body": .null]
        let rules: [JSONValue] = [.string("/updated \\d+ minutes ago/i"), .string(hostile)]
        let full: EditedValues = ["ignore_text": .array(rules), "extra_proxies": .string("s3cret"), "body": long]
        let goesOn: EditedValues = ["paused": .bool(false)]
        let paused: EditedValues = ["paused": .bool(true)]
        let made: EditedValues = ["url": hostileURL, "title": long]
        var edits = [edit(1000, .anonymous(.page), .edited, from: plain, to: titled)]
        edits.append(edit(999, .apiKey("default"), .paused, from: goesOn, to: paused))
        edits.append(edit(998, .person(hostile), .edited, from: empty, to: full))
        edits.append(edit(997, .anonymous(.socket), .deleted, from: plain, to: nil))
        edits.append(edit(996, .machine("turnstone demo"), .created, from: nil, to: made))
        return edits
    }

    /// So many that nothing is said of.
    static func edits(_ thing: Edit.Thing, count: Int) -> [Edit] {
        (0..<count).map { (index: Int) -> Edit in
            let isPaused = index % 2 == 0
            let at = now.addingTimeInterval(-TimeInterval(index + 20) * 86_400)
            let states: [EditedValues] = [["paused": .bool(!isPaused)], ["paused": .bool(isPaused)]]
            return Edit(
                id: Int64(count - index), at: at, by: .anonymous(.page), thing: thing,
                action: isPaused ? .paused : .resumed, before: states[0], after: states[1])
        }
    }

    static func withEdits(_ page: SettingsPage) -> SettingsPage {
        var page = page
        page.edits = EditsView(edits(.settings) + edits(.settings, count: 60))
        return page
    }

    static func withEdits(_ page: TagPage) -> TagPage {
        var page = page
        page.edits = EditsView(edits(.tag(page.id)) + edits(.tag(page.id), count: 60))
        return page
    }

    static func withErrors(_ page: TagPage) -> TagPage {
        var page = page
        page.errors =
            everyError(of: SettingsTable.tag)
            + ["title", "url_match_pattern", "tag_colour"].map { FieldError($0, "Not good: " + hostile) }
        return page
    }

    static let everyError: [FieldError] =
        everyError(of: SettingsTable.watch)
        + ["url", "title", "tags", "conditions[1].value"].map { FieldError($0, "This is not good: " + hostile) }

    /// Something is wrong with each of `rows`, with their parts, and with what no form has.
    static func everyError<Root>(of rows: [Setting<Root>]) -> [FieldError] {
        let parts = [
            "time_between_check.hours", "time_schedule_limit.monday.start_time", "time_schedule_limit.timezone",
            "tls_trust-authority", "other",
        ]
        return (rows.map(\.about.path) + parts).map { FieldError($0, "Not good: " + hostile) }
    }

    /// Every kind of page, each in the states that differ; together they have every branch of every template.
    static func all() -> [(name: String, page: any PageView)] {
        var addErrors = list([], query: ListQuery())
        addErrors.addForm = AddForm(
            url: "htp:/" + hostile, title: hostile, tags: hostile,
            errors: ["url", "title", "tags", "settings"].map { FieldError($0, "Not good: " + hostile) })
        var search = ListQuery()
        search.search = "kettle " + hostile
        search.filter = .unread
        search.page = 2
        search.sort = .label
        var byChecked = ListQuery()
        byChecked.sort = .checked
        var noticed = diff(split: false)
        noticed.notice = .rechecked
        var unread = ListQuery()
        unread.filter = .unread
        let once = row(title: hostile, checked: nil, changed: nil, status: nil, history: 0, checks: 0)
        return [
            ("list-three", list(three, notice: .added)),
            ("list-fifty", list(fifty, matching: 1_234)),
            ("list-middle", list(three, query: search, matching: 777, notice: .gone)),
            ("list-by-checked", list(three, query: byChecked)),
            ("list-search-empty", list([], query: search)),
            ("list-unread-empty", list([], query: unread)),
            ("list-add-errors", addErrors),
            ("watch", previewPage()),
            (
                "watch-long",
                PreviewPage(
                    row: three[0], intervalSeconds: 60, text: Array(String(repeating: "line\n", count: 20_001).utf8))
            ),
            ("watch-new", PreviewPage(row: once, activity: .queued, intervalSeconds: 60)),
            ("watch-failing", failing()),
            ("edit-trial", trial()), ("edit-trial-gone", trial(isGone: true)),
            ("diff-unified", diff(split: false)),
            ("diff-split", diff(split: true)),
            ("diff-noticed", noticed),
            (
                "diff-long",
                DiffPage(
                    row: three[0], versions: versions, from: versions[1], to: versions[0],
                    comparison: Comparison(lines: longDiff))
            ),
            ("diff-unfolded", diff(split: false, folds: false)),
            ("diff-moved", moved()),
            ("diff-none", DiffPage(row: once)),
            ("diff-equal", DiffPage(row: three[0], versions: versions, from: versions[1], to: versions[0])),
            ("watch-shop", shop()), ("watch-picture", picture()),
            ("diff-pictures", pictures(PictureWords(percent: 2.314))),
            ("watch-picture-old", oldPicture()),
            ("diff-pictures-old", pictures(PictureWords(hasBefore: false, hasAfter: true, kept: 20))),
            ("diff-pictures-older", pictures(PictureWords(hasBefore: false, hasAfter: false, kept: 20))),
            ("diff-pictures-failed", pictures(PictureWords(failure: CheckFailure(.unreadable, hostile)))),
            ("settings", withEdits(SettingsPage(settings, notice: .saved))), ("settings-new", SettingsPage(Settings())),
            ("settings-errors", withErrors(SettingsPage(settings))),
            (
                "tags",
                TagsPage(
                    tags: [tag, Tag(id: news, title: "news", createdAt: now)], counts: [prices: 1_200, news: 1],
                    notice: .saved)
            ),
            ("tags-none", TagsPage(tags: [], counts: [:])), ("tags-error", tagsError()),
            ("tag", withEdits(TagPage(tag))), ("tag-errors", withErrors(TagPage(tag))),
            ("edit", edit()),
            ("edit-errors", edit(errors: everyError)),
            (
                "delete",
                DeletePage(
                    id: three[0].id, label: hostile, url: three[0].url + hostile, historyCount: 12,
                    returnPath: "/?q=" + hostile)
            ),
            (
                "delete-matching",
                DeleteMatchingPage(
                    query: ListQuery { ["q": hostile, "paused": "1"][$0] }, matching: 2_000, matchingIsCut: true,
                    tag: hostile)
            ),
            ("error-404", ErrorPage(ErrorWording(HTTPError(.notFound)))),
            ("misdirected", MisdirectedPage(name: hostile)),
            ("error-400", ErrorPage.badRequest(InputError("uuid", hostile))),
        ]
    }
}

import Domain
import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct EditFormTests {
    private func form(_ values: [String: String]) -> EditForm {
        EditForm(FormValues(values))
    }

    @Test("a watch that is shown and sent back unchanged stays as it is")
    func roundTrip() throws {
        var settings = WatchSettings()
        settings.method = "POST"
        settings.headers = ["Accept": "a:b", "X-Y": ""]
        settings.body = "x=1\ny=2"
        settings.ignoreStatusCodes = true
        settings.timeBetweenCheck = CheckInterval(weeks: 1, days: 2, hours: 3, minutes: 4, seconds: 5)
        settings.usesDefaultInterval = false
        settings.includeFilters = ["#a", "//b"]
        settings.subtractiveSelectors = ["nav"]
        settings.ignoreText = ["/a b/i", "x"]
        settings.triggerText = ["t"]
        settings.textShouldNotBePresent = ["n"]
        settings.extractLinesContaining = ["l"]
        settings.extractText = ["/e/"]
        settings.trimTextWhitespace = true
        settings.removeDuplicateLines = true
        settings.sortTextAlphabetically = true
        settings.stripIgnoredLines = false
        settings.historyLimit = 7
        settings.countsAdded = false
        settings.countsRemoved = false
        settings.countsReplaced = false
        settings.wantsUniqueLines = true
        settings.conditions = [
            WatchCondition(field: .wordCount, operator: .greaterOrEqual, value: "3"),
            WatchCondition(field: .text, operator: .matches, value: "/a b/"),
        ]
        settings.conditionLogic = .any
        settings.processor = .image
        settings.restock.stock = .allChanges
        settings.restock.followsPrice = false
        settings.restock.priceMinimum = 1.5
        settings.restock.priceMaximum = 20
        settings.restock.thresholdPercent = 5
        settings.image.minimumPercent = 0.5
        settings.image.sensitivity = 80
        settings.image.box = PixelBox("1,2,3,4")
        settings.priceData = .rejected
        settings.linkToOpen = "https://example.org/"
        let watch = Watch(url: "https://example.org/", title: "T", settings: settings, createdAt: Samples.now)

        let shown = EditForm(watch, tagTitles: ["a", "b c"])
        var sent: [String: String] = [:]
        for (name, text) in shown.values.texts { sent[name] = text.replacing("\n", with: "\r\n") }
        // Rows may be left empty in between.
        for part in ["field", "operator", "value"] {
            sent["conditions-2-\(part)"] = sent.removeValue(forKey: "conditions-1-\(part)")
        }
        let read = form(sent)
        var expected = settings
        expected.body = "x=1\r\ny=2"
        #expect(try read.applied(to: WatchSettings()) == expected)
        #expect(read.url == "https://example.org/")
        #expect(read.title == "T")
        #expect(read.tagTitles == ["a", "b c"])
    }

    @Test("an empty form is a watch without wishes")
    func empty() throws {
        let boxes = [
            "time_between_check_use_default", "filter_text_added", "filter_text_replaced", "filter_text_removed",
            "follow_price_changes",
        ]
        let ticked = Dictionary(uniqueKeysWithValues: boxes.map { ($0, "on") })
        #expect(try form(ticked).applied(to: WatchSettings()) == WatchSettings())
        #expect(form([:]).title == nil)
        #expect(form(["tags": " a, ,b ,a,"]).tagTitles == ["a", "b"])
    }

    @Test("what the form does not say about error answers stays unsaid")
    func statusCodes() throws {
        var settings = WatchSettings()
        #expect(try form([:]).applied(to: settings).ignoreStatusCodes == nil)
        settings.ignoreStatusCodes = true
        #expect(try form(["ignore_status_codes": ""]).applied(to: settings).ignoreStatusCodes == nil)
        #expect(try form(["ignore_status_codes": "no"]).applied(to: settings).ignoreStatusCodes == false)
    }

    @Test(
        "every mistake is named at its field",
        arguments: [
            ("time_between_check-hours", "x"), ("time_between_check-weeks", "-1"),
            ("time_between_check-weeks", "52001"),
            ("time_between_check-seconds", "99999999999999999999"), ("time_between_check-days", "1.5"),
            ("headers", "no colon"), ("headers", ": v"), ("history_snapshot_max_length", "1001"),
            ("price_change_min", "cheap"), ("price_change_threshold_percent", "101"), ("bounding_box", "1,2,3"),
            ("min_change_percentage", "-1"), ("pixel_difference_threshold_sensitivity", "256"),
        ])
    func mistakes(field: String, text: String) {
        #expect { try form([field: text, "time_between_check-minutes": "1"]).applied(to: WatchSettings()) } throws: {
            error in
            (error as? InputError)?.fields.map(\.field) == [field]
        }
    }

    @Test(
        "an error is shown at its field and linked from the summary",
        arguments: [
            ("time_between_check.hours", "time_between_check-hours"), ("include_filters", "include_filters"),
            ("url", "url"), ("body", "body"),
        ])
    func shown(field: String, id: String) throws {
        let page = Samples.edit(errors: [FieldError(field, "Mend <this>")])
        let html = String(decoding: try Samples.renderer().render(page, Samples.frame()), as: UTF8.self)
        #expect(html.contains("<a href=\"#\(id)\">"))
        #expect(html.contains("id=\"\(id)-error\">Mend &lt;this&gt;</"))
        #expect(
            html.contains("\(id)-error\" aria-invalid=\"true\"")
                || html.contains("aria-invalid=\"true\" aria-describedby=\"\(id)-error\""))
    }

    @Test("an error in one entry of a list is shown at the list, with the entry")
    func entry() throws {
        let page = Samples.edit(errors: [FieldError("ignore_text[2]", "Not a pattern")])
        let html = String(decoding: try Samples.renderer().render(page, Samples.frame()), as: UTF8.self)
        #expect(html.contains("<p class=\"field-error\" id=\"ignore_text-error\">Entry 3: Not a pattern</p>"))
        #expect(html.contains("<a href=\"#ignore_text\">Ignore lines containing</a>: Entry 3: Not a pattern"))
    }

    @Test("bounds of a price are two numbers in order, with a point or a comma")
    func bounds() throws {
        let sent = ["price_change_min": "9,50", "price_change_max": "12.5"]
        let restock = try form(sent).applied(to: WatchSettings()).restock
        #expect(restock.priceMinimum == 9.5 && restock.priceMaximum == 12.5)
        let swapped = try form([
            "price_change_min": "2", "price_change_max": "1", "time_between_check_use_default": "on",
        ])
        .applied(to: WatchSettings())
        let wrong = SettingsTable.contradictions(in: swapped).map(\.field)
        #expect(wrong.map(FieldErrors.formName) == ["price_change_min"])
    }

    @Test("half a condition is a mistake at the conditions, with its row")
    func halfCondition() throws {
        let half = form(["conditions-4-field": "word_count", "conditions-4-value": "3"])
        #expect { try half.applied(to: WatchSettings()) } throws: {
            ($0 as? InputError)?.fields.map(\.field) == ["conditions[0]"]
        }
    }

    @Test("a textarea keeps every line as it was typed, also one that begins with white space")
    func textarea() throws {
        let typed = "\n  two\r\nthree </textarea><b>"
        let page = EditPage(
            row: Samples.three[0], form: form(["body": typed]))
        let html = String(decoding: try Samples.renderer().render(page, Samples.frame()), as: UTF8.self)
        #expect(html.contains("\">\n\n  two\r\nthree &lt;/textarea&gt;&lt;b&gt;</textarea>"))
    }

    /// A page on which something is wrong with every setting.
    private static let everyError = Result {
        let page = Samples.edit(errors: SettingsTable.watch.map { FieldError($0.about.path, "Not good") })
        return String(decoding: try Samples.renderer().render(page, Samples.frame()), as: UTF8.self)
    }

    @Test("what is wrong is told under the label that the form has for it", arguments: SettingsTable.watch)
    func titles(_ row: Setting<WatchSettings>) throws {
        let html = try Self.everyError.get()
        let label = HTMLEscaping.escape(row.about.label)
        #expect(html.contains("<a href=\"#\(row.name)\">\(label)</a>: Not good"))
        #expect(html.contains("id=\"\(row.name)\""), "the link leads somewhere")
        #expect(html.contains("id=\"\(row.name)-error\">Not good</"))
        #expect(html.components(separatedBy: label).count > 2, "the field has the label too")
    }

    @Test("all that is wrong with one field is told, a line each")
    func lines() {
        let fields = FieldErrors([
            FieldError("ignore_text[0]", "a"), FieldError("url", "b"), FieldError("ignore_text[2]", "c"),
        ])
        #expect(fields.messages("ignore_text") == "Entry 1: a\nEntry 3: c")
    }
}

import Domain
import Foundation
import Testing

@Suite("A watch's settings")
struct WatchSettingsTests {
    /// Settings in which nothing is as in a watch without wishes.
    private static let wishes: WatchSettings = {
        var all = WatchSettings()
        all.method = "POST"
        all.headers = ["A": "b"]
        all.body = "body"
        all.ignoreStatusCodes = false
        all.proxy = .named("office")
        all.trust = .selfSigned
        all.timing.schedule.isEnabled = true
        all.timing.schedule[.monday] = TimeSchedule.Day(startMinute: 540, durationMinutes: 480)
        all.timing.schedule.timeZone = "Europe/Vienna"
        all.timeBetweenCheck = CheckInterval(minutes: 5)
        all.usesDefaultInterval = false
        all.includeFilters = ["a"]
        all.subtractiveSelectors = ["b"]
        all.ignoreText = ["c"]
        all.triggerText = ["d"]
        all.textShouldNotBePresent = ["e"]
        all.extractLinesContaining = ["f"]
        all.extractText = ["g"]
        all.trimTextWhitespace = true
        all.removeDuplicateLines = true
        all.sortTextAlphabetically = true
        all.stripIgnoredLines = false
        all.countsAdded = false
        all.countsRemoved = false
        all.countsReplaced = false
        all.wantsUniqueLines = true
        all.conditions = [WatchCondition(field: .wordCount, operator: .greater, value: "3")]
        all.conditionLogic = .any
        all.historyLimit = 9
        all.processor = .restock
        all.restock.stock = .allChanges
        all.restock.followsPrice = false
        all.restock.priceMinimum = 1
        all.restock.priceMaximum = 2
        all.restock.thresholdPercent = 3
        all.image.minimumPercent = 2.5
        all.image.sensitivity = 80
        all.image.box = PixelBox(x: 1, y: 2, width: 3, height: 4)
        all.priceData = .rejected
        all.linkToOpen = "https://example.org/"
        return all
    }()

    @Test("every setting is stored: none is forgotten where they are written or read", arguments: SettingsTable.watch)
    func everySetting(_ row: Setting<WatchSettings>) throws {
        #expect(!row.isEqual(Self.wishes, WatchSettings()), "give \(row.name) another value in this test's wishes")
        let stored = try JSONEncoder().encode(Self.wishes)
        #expect(row.isEqual(try JSONDecoder().decode(WatchSettings.self, from: stored), Self.wishes))
        var other = WatchSettings()
        try row.set(row.json(of: Self.wishes), in: &other)
        #expect(row.isEqual(other, Self.wishes), "the API's round trip")
        var form = FormReader { row.formTexts(of: Self.wishes)[$0] }
        var typed = WatchSettings()
        row.read(&form, into: &typed)
        #expect(row.isEqual(typed, Self.wishes) && form.errors.isEmpty, "the form's round trip")
    }

    @Test("every property of the groups has a row")
    func everyProperty() throws {
        let properties = Self.properties(of: Self.wishes)
        // The part that a row alone reaches is found by taking back all that rows reach.
        var reset = Self.wishes
        for row in SettingsTable.watch { row.reset(in: &reset) }
        #expect(reset == WatchSettings(), "a property differs that no row takes back")
        #expect(properties.count == SettingsTable.watch.count)
        for (before, after) in zip(Self.properties(of: WatchSettings()), properties) {
            #expect(
                String(reflecting: before.value) != String(reflecting: after.value),
                "give \(after.label ?? "?") another value in this test's wishes")
        }
    }

    /// The single settings of a value, those inside of its groups among them.
    private static func properties(of settings: Any) -> [Mirror.Child] {
        Mirror(reflecting: settings).children.flatMap { child -> [Mirror.Child] in
            let groups = ["request", "timing", "rules", "text", "restock", "image"]
            return groups.contains(child.label ?? "") ? Array(Mirror(reflecting: child.value).children) : [child]
        }
    }

    @Test("a watch without wishes takes no room")
    func plain() throws {
        #expect(try JSONEncoder().encode(WatchSettings()) == Data("{}".utf8))
    }
}

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
        return all
    }()

    @Test("every setting is stored: none is forgotten where they are written or read")
    func everySetting() throws {
        let plain = Mirror(reflecting: WatchSettings()).children
        let wished = Mirror(reflecting: Self.wishes).children
        for (before, after) in zip(plain, wished) {
            #expect(
                String(reflecting: before.value) != String(reflecting: after.value),
                "give \(after.label ?? "?") another value in this test's wishes")
        }
        let stored = try JSONEncoder().encode(Self.wishes)
        #expect(try JSONDecoder().decode(WatchSettings.self, from: stored) == Self.wishes)
        let names = try #require(JSONSerialization.jsonObject(with: stored) as? [String: Any])
        #expect(names.count == wished.count)
    }

    @Test("a watch without wishes takes no room")
    func plain() throws {
        #expect(try JSONEncoder().encode(WatchSettings()) == Data("{}".utf8))
    }
}

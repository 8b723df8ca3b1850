import Domain
import Foundation
import Testing

@Suite("What tags add to their watches")
struct TagSettingsTests {
    private static func tag(_ change: (inout TagSettings) -> Void) -> TagSettings {
        var tag = TagSettings()
        change(&tag)
        return tag
    }

    @Test("lists are the watch's own, then those of its tags, each entry once; what is taken out begins with the tags'")
    func lists() {
        var watch = WatchSettings()
        watch.ignoreText = ["mine", "both"]
        watch.subtractiveSelectors = ["nav"]
        let first = Self.tag {
            $0.ignoreText = ["both", "theirs"]
            $0.subtractiveSelectors = ["footer"]
            $0.includeFilters = ["main"]
            $0.triggerText = ["t"]
            $0.textShouldNotBePresent = ["n"]
            $0.extractLinesContaining = ["l"]
            $0.extractText = ["e"]
        }
        let second = Self.tag { $0.ignoreText = ["last", "mine"] }
        let merged = watch.merged(with: [first, second])
        #expect(merged.ignoreText == ["mine", "both", "theirs", "last"])
        #expect(merged.subtractiveSelectors == ["footer", "nav"])
        #expect(merged.includeFilters == ["main"])
        #expect(merged.triggerText == ["t"] && merged.textShouldNotBePresent == ["n"])
        #expect(merged.extractLinesContaining == ["l"] && merged.extractText == ["e"])
        #expect(watch.merged(with: []) == watch)
    }

    @Test("the first tag that decides about stock and price does, and no other")
    func restock() {
        let silent = Self.tag { $0.restock.priceMinimum = 1 }
        let first = Self.tag {
            $0.overridesWatch = true
            $0.restock.priceMinimum = 2
        }
        let second = Self.tag {
            $0.overridesWatch = true
            $0.restock.priceMinimum = 3
        }
        #expect(WatchSettings().merged(with: [silent]).restock == RestockSettings())
        #expect(WatchSettings().merged(with: [silent, first, second]).restock.priceMinimum == 2)
    }

    @Test("a tag's settings are stored and read whole")
    func stored() throws {
        let all = Self.tag {
            $0.includeFilters = ["a"]
            $0.subtractiveSelectors = ["b"]
            $0.ignoreText = ["c"]
            $0.triggerText = ["d"]
            $0.textShouldNotBePresent = ["e"]
            $0.extractLinesContaining = ["f"]
            $0.extractText = ["g"]
            $0.overridesWatch = true
            $0.restock.stock = .off
        }
        var reset = all
        for row in SettingsTable.tag { row.reset(in: &reset) }
        #expect(reset == TagSettings())
        #expect(try JSONDecoder().decode(TagSettings.self, from: try JSONEncoder().encode(all)) == all)
        #expect(try JSONDecoder().decode(TagSettings.self, from: Data("{}".utf8)) == TagSettings())
    }

    @Test(
        "a bounding box is four whole numbers with an area",
        arguments: [
            ("0,0,10,20", PixelBox(x: 0, y: 0, width: 10, height: 20)),
            (" 1, 2,3 ,4", PixelBox(x: 1, y: 2, width: 3, height: 4)),
            ("", nil), ("1,2,3", nil), ("1,2,3,4,5", nil), ("1,2,0,4", nil), ("-1,2,3,4", nil), ("1,2,3,x", nil),
            ("1,2,3,9999999", nil), ("1,2,,4", nil),
        ])
    func box(_ text: String, _ box: PixelBox?) {
        #expect(PixelBox(text) == box)
    }
}

import Domain
import Foundation
import Testing

@Suite("The table of settings")
struct SettingsTableTests {
    @Test("of very many fields that are not good the first are told, and how many more there are")
    func manyErrors() {
        let all = (0..<70_000).map { FieldError("field\($0)", "is not known") }
        let told = InputError(all).fields
        #expect(told.count == 51 && told.prefix(50) == all.prefix(50))
        #expect(told.last == FieldError("errors", "69950 more are not listed"))
        #expect(InputError(Array(all.prefix(50))).fields.count == 50)
    }

    @Test("each name stands once on each level, in the API's and the form's spelling")
    func names() {
        let names = SettingsTable.watch.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }, "\(name)") }
    }

    @Test("every row has a label, and where it is more than a word or two, help", arguments: SettingsTable.watch)
    func labels(_ row: Setting<WatchSettings>) {
        #expect(!row.about.label.isEmpty && row.about.label.first?.isUppercase == true)
        #expect(!row.about.label.hasSuffix("."))
        #expect(row.about.help.isEmpty || row.about.help.hasSuffix("."))
        if case .lines = row.about.shape { #expect(!row.about.help.isEmpty && !row.about.example.isEmpty) }
    }

    @Test("a setting that exists on several levels says how they come to one value", arguments: SettingsTable.watch)
    func combinations(_ row: Setting<WatchSettings>) {
        let isShared = row.about.levels.count > 1
        let ruled = ["time_between_check"] + SettingsTable.watch.filter { $0.about.part == .restock }.map(\.name)
        #expect(isShared == (row.about.combination != .own) || ruled.contains(row.name), "\(row.name)")
    }

    @Test("what no level says is the default, what a level says beats those behind it")
    func override() {
        var watch = WatchSettings(), tag = TagSettings(), later = TagSettings(), all = Settings()
        #expect(watch.merged(with: [], under: all).ignoreStatusCodes == nil)
        all.ignoreStatusCodes = true
        #expect(watch.merged(with: [], under: all).ignoreStatusCodes == true)
        later.ignoreStatusCodes = true
        tag.ignoreStatusCodes = false
        #expect(watch.merged(with: [TagSettings(), tag, later], under: all).ignoreStatusCodes == false)
        watch.ignoreStatusCodes = true
        #expect(watch.merged(with: [tag], under: Settings()).ignoreStatusCodes == true)
    }

    @Test("lists add up in the incumbent's order, each entry once, however often they are merged")
    func add() {
        var watch = WatchSettings(), tag = TagSettings(), all = Settings()
        watch.subtractiveSelectors = ["own", "both"]
        tag.subtractiveSelectors = ["tag", "both"]
        all.subtractiveSelectors = ["all", "own"]
        let merged = watch.merged(with: [tag], under: all)
        #expect(merged.subtractiveSelectors == ["tag", "both", "own", "all"])
        #expect(merged.merged(with: [], under: all) == merged)
    }

    @Test("what is not known is left out of what is stored, and a wrong type is an error")
    func decoding() throws {
        let unknown = Data(
            #"{"method": "PUT", "from_the_future": {"a": 1}, "processor_config_restock_diff": {"x": 1}}"#.utf8)
        #expect(try JSONDecoder().decode(WatchSettings.self, from: unknown).method == "PUT")
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(WatchSettings.self, from: Data(#"{"method": 1}"#.utf8))
        }
    }

    @Test("settings for all watches keep what they are, also what is plain for a watch")
    func plain() throws {
        #expect(try JSONEncoder().encode(Settings()) == Data("{}".utf8))
        #expect(try JSONDecoder().decode(Settings.self, from: Data("{}".utf8)) == Settings())
        var other = Settings()
        other.timeBetweenCheck = CheckInterval()
        #expect(try JSONDecoder().decode(Settings.self, from: try JSONEncoder().encode(other)) == other)
    }

    @Test("a form's word that is no choice of the setting is an error, not the default", arguments: SettingsTable.watch)
    func unknownChoice(_ row: Setting<WatchSettings>) {
        switch row.about.shape {
        case .choice, .inheritedFlag:
            var form = FormReader { $0 == row.name ? "Zz" : nil }
            var settings = WatchSettings()
            row.read(&form, into: &settings)
            let problems = form.errors + row.problems(in: settings)
            #expect(problems.first?.field == row.name, "\(row.name)")
        default: break
        }
    }
}

import Domain
import Foundation
import Testing

@Suite("Settings in statements")
struct SettingNamesTests {
    @Test("every setting that a statement looks into JSON for is a row of the table")
    func names() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Storage")
            .standardizedFileURL
        let names = Set(SettingsTable.watch.map(\.name) + SettingsTable.all.map(\.name))
        var found = 0
        for case let file as URL in try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /'\$\.([a-z_]+)'|%\\?"([a-z_]+)\\?"%/) {
                let name = String(match.output.1 ?? match.output.2 ?? "")
                #expect(names.contains(name), "\(file.lastPathComponent): \(name)")
                found += 1
            }
        }
        #expect(found >= 5, "the statements were not found")
    }
}

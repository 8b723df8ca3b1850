import Domain
import Foundation
import Testing

@Suite("Identifiers")
struct IdentifiersTests {
    @Test("an identifier prints in lower case and reads back in any case")
    func roundTrip() throws {
        let id = WatchID()
        #expect(id.description == id.description.lowercased())
        #expect(WatchID(id.description.uppercased()) == id)
        #expect(WatchID("first") == nil)
    }

    @Test("JSON has the lower-case text, and is read in any case")
    func coding() throws {
        let id = TagID()
        #expect(try JSONEncoder().encode([id]) == Data("[\"\(id)\"]".utf8))
        let upper = Data("[\"\(id.description.uppercased())\"]".utf8)
        #expect(try JSONDecoder().decode([TagID].self, from: upper) == [id])
    }
}

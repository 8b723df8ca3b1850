import Domain
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
}

import Testing

@Suite("Golden cases")
struct GoldenTests {
    @Test("there are at least five hundred cases")
    func enough() {
        #expect(GoldenCase.all.count >= 500)
    }

    @Test("a page gives the expected text", arguments: GoldenCase.all)
    func golden(_ golden: GoldenCase) throws {
        let (expected, result, wantedTitle, title) = try golden.run()
        #expect(result == expected)
        if let wantedTitle { #expect(title == wantedTitle) }
    }
}

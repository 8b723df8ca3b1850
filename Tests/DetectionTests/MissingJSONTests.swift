import Detection
import Domain
import Testing

@Suite("Filters of JSON on a page that has none")
struct MissingJSONTests {
    @Test(
        "a page without JSON says so to a filter that asks for it",
        arguments: [
            ("text/html", "<p>no JSON</p>", "json:$.price", true),
            ("text/html", "<script>{\"a\":1}</script><p>x</p>", "json:$.price", false),
            ("application/json", "{\"price\": NaN}", "json:$.price", true),
            ("application/json", "{\"a\": 1}", "json:$.price", false), ("text/html", "<p>no JSON</p>", ".price", false),
            ("application/json", "{\"a\": 1}", ".price", false), ("text/plain", "nothing", "json:$.price", true),
        ])
    func noJSON(_ type: String, _ body: String, _ filter: String, _ lacksJSON: Bool) {
        var settings = DetectionSettings()
        settings.includeFilters = [filter]
        let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: Array(body.utf8))
        let failure = #expect(throws: CheckFailure.self) {
            try TextProcessor().verdict(on: page, settings: settings, previous: PreviousCheck())
        }
        #expect(failure?.code == .noFilterMatch)
        #expect(failure?.message.contains("no valid JSON") == lacksJSON)
        #expect(failure?.message.contains(filter) == true)
    }
}

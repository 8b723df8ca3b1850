import HTTPTypes
import Testing
import WebTestSupport

@testable import API

@Suite("What programs send")
struct APIBodyTests {
    @Test("a body that is too large is refused before it is read as JSON")
    func tooLarge() async throws {
        try await APISite.run { site in
            let answer = try await site.ask(.post, "watch", String(repeating: " ", count: APIBody.limit + 1))
            #expect(answer.status == 413)
        }
    }
}

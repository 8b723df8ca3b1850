import Domain
import Foundation
import Testing

@testable import Monitor

@Suite("The recorder")
struct RecorderTests {
    @Test("stores what checks found and announces what is stored", arguments: RecorderScenario.all)
    func calm(scenario: RecorderScenario) async throws {
        try await scenario.run(try RecorderScene(scenario.options))
    }
}

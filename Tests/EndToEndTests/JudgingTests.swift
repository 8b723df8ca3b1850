import Foundation
import Testing

@testable import App

/// What people's filters cost others, with the real program.
@Suite("Filters that take long to be tried")
struct JudgingTests {
    /// Filters that jq has to compile one by one, since their brackets fit only together: 20 milliseconds each.
    private static let filters = (0..<100).map { number in number < 10 ? "jq:.a) | (.b\(number)" : "jq:.c\(number)" }

    @Test("health is answered while a dozen watches with a hundred filters of jq are made")
    func creations() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "judging-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let serve = try await ServeProcess.start(database: folder.appending(path: "a.db"))
        let order = await withTaskGroup(of: [String].self) { group in
            let (words, say) = AsyncStream.makeStream(of: String.self)
            group.addTask {
                await withTaskGroup(of: Void.self) { creations in
                    for number in 0..<12 {
                        creations.addTask {
                            let answer = try? await Stage.ask(
                                serve.port, "POST", "/api/v1/watch",
                                json: ["url": "https://example.org/\(number)", "include_filters": Self.filters])
                            say.yield("made \(answer?.status ?? 0)")
                        }
                    }
                }
                say.finish()
                return []
            }
            group.addTask {
                var all: [String] = []
                for await word in words { all.append(word) }
                return all
            }
            group.addTask {
                // Asked one after the other, until the dozen are made.
                for _ in 0..<100 {
                    let answer = try? await Stage.ask(serve.port, "GET", "/healthz")
                    say.yield("health \(answer?.status ?? 0)")
                }
                return []
            }
            var all: [String] = []
            for await words in group { all += words }
            return all
        }
        #expect(order.count { $0 == "made 201" } == 12, "\(order)")
        let lastMade = try #require(order.lastIndex { $0.hasPrefix("made") })
        let answered = order[..<lastMade].count { $0 == "health 200" }
        #expect(answered >= 50, "health was answered \(answered) times before the last creation")
        #expect(try await serve.process.terminate() == 0)
    }
}

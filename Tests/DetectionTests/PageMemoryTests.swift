import Foundation
import Testing

/// What reading one page takes, measured in a process of its own that reads nothing else.
@Suite("The memory of one page", .serialized)
struct PageMemoryTests {
    struct Page: Sendable, CustomTestStringConvertible {
        let markup: String
        let count: Int
        let filter: String
        /// Of its height, in MB.
        let most: Int
        let result: String
        var testDescription: String { "\(count) × \(markup) with \(filter)" }
    }

    private struct Measured {
        let result: String
        let most, before, estimate: Int
    }

    private static func read(_ page: Page) async throws -> Measured {
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "PageProbe")
        return try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = program
                        process.arguments = [page.markup, "\(page.count)", page.filter]
                        let output = Pipe()
                        process.standardOutput = output
                        try process.run()
                        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                        process.waitUntilExit()
                        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
                        let numbers = words.suffix(3).compactMap { Int($0) }
                        guard numbers.count == 3 else { throw CocoaError(.fileReadUnknown) }
                        return Measured(
                            result: words[0], most: numbers[0], before: numbers[1], estimate: numbers[2])
                    })
            }.start()
        }
    }

    @Test(
        "stays within bounds, and within what is expected beforehand, whatever the page is made of",
        arguments: [
            Page(markup: "<i>x</i>", count: 1_237_500, filter: "b", most: 150, result: "too_complex"),
            Page(markup: "<i>x</i>", count: 499_000, filter: "i", most: 180, result: "read"),
            Page(markup: "<i>x</i>", count: 1_237_500, filter: "xpath1://b", most: 150, result: "too_complex"),
            Page(markup: "<i>x</i>", count: 499_000, filter: "xpath1://i", most: 330, result: "read"),
            Page(markup: "<i>x</i>", count: 499_000, filter: "xpath://i ! string(.)", most: 220, result: "read"),
            Page(markup: "1,", count: 4_950_000, filter: "json:$[0]", most: 200, result: "too_complex"),
            Page(markup: "1,", count: 990_000, filter: "json:$[0]", most: 200, result: "read"),
            Page(markup: "[[[]]],", count: 1_400_000, filter: "json:$[0]", most: 200, result: "too_complex"),
        ])
    func bounded(_ page: Page) async throws {
        let measured = try await Self.read(page)
        #expect(measured.result == page.result)
        #expect(measured.most <= page.most, "\(measured)")
        #expect(measured.most <= measured.before + measured.estimate, "\(measured)")
    }
}

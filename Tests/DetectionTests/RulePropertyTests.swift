import Differences
import Domain
import TestSupport
import Testing

@testable import Detection

@Suite("Rules, whatever the text")
struct RulePropertyTests {
    private static let words = [
        "kettle", "Kettle", "  pot", "price 12.50", "ÄPFEL", "äpfel", "sold out", "", "\t", "日本", "a\u{A0}b",
    ]

    private func text(_ random: inout SeededGenerator) -> [UInt8] {
        let lines = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.words.randomElement(using: &random) ?? "" }
                .joined(separator: " ")
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    private func made(of text: [UInt8], _ settings: DetectionSettings) throws -> [UInt8] {
        let page = FetchedPage(status: 200, finalURL: "", contentType: "text/plain; charset=utf-8", body: text)
        return try TextProcessor().verdict(on: page, settings: settings, previous: PreviousCheck()).text ?? []
    }

    @Test(
        "what rules have made of a text they leave as it is the second time",
        arguments: [
            "trim", "duplicates", "sort", "ignored and stripped", "lines", "words", "a pattern",
            "trim, duplicates, sort",
        ])
    func idempotence(rules: String) throws {
        var random = SeededGenerator(seed: runSeed)
        var settings = DetectionSettings()
        settings.emptyPagesAreAChange = true
        settings.trimTextWhitespace = rules.contains("trim")
        settings.removeDuplicateLines = rules.contains("duplicates")
        settings.sortTextAlphabetically = rules.contains("sort")
        settings.ignoreText = rules.contains("ignored") ? ["kettle", "/^price/i"] : []
        settings.stripIgnoredLines = rules.contains("stripped")
        settings.extractLinesContaining = rules == "lines" ? ["ÄPFEL", "pot"] : []
        settings.extractText = rules == "words" ? ["kettle"] : rules == "a pattern" ? [#"/\d+\.\d\d/"#] : []
        for _ in 0..<200 {
            let text = text(&random)
            let once = try made(of: text, settings)
            let twice = try made(of: once, settings)
            #expect(twice == once, "seed \(runSeed): \(String(decoding: text, as: UTF8.self).debugDescription)")
        }
    }

    @Test("sorting and leaving duplicates out may change places, trimming and sorting may not")
    func order() throws {
        var random = SeededGenerator(seed: runSeed)
        var duplicates = DetectionSettings()
        duplicates.emptyPagesAreAChange = true
        var (sort, both) = (duplicates, duplicates)
        duplicates.removeDuplicateLines = true
        sort.sortTextAlphabetically = true
        both.removeDuplicateLines = true
        both.sortTextAlphabetically = true
        for _ in 0..<200 {
            let text = text(&random)
            let together = try made(of: text, both)
            #expect(try made(of: made(of: text, duplicates), sort) == together, "seed \(runSeed)")
            #expect(try Set(Lines.split(made(of: made(of: text, sort), duplicates))) == Set(Lines.split(together)))
        }
        // Blanks sort before letters, so what is trimmed first stands elsewhere.
        sort.trimTextWhitespace = true
        #expect(try made(of: Array("b\n  c\na".utf8), sort) == Array("a\nb\nc".utf8))
        sort.trimTextWhitespace = false
        #expect(try made(of: Array("b\n  c\na".utf8), sort) == Array("  c\na\nb".utf8))
    }
}

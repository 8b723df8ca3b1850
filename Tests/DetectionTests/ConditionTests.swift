import Domain
import TestSupport
import Testing

@testable import Detection

@Suite("Conditions")
struct ConditionTests {
    private static let text = "Total: 1.234,50 EUR\nfor 3 items"

    /// `field operator value` of a table's row.
    private func condition(_ row: String) throws -> WatchCondition {
        let parts = row.split(separator: " ", maxSplits: 2).map(String.init)
        return WatchCondition(
            field: try #require(WatchCondition.Field(rawValue: parts[0])),
            operator: try #require(WatchCondition.Operator(rawValue: parts[1])), value: parts.count > 2 ? parts[2] : "")
    }

    @Test(
        "each field with each operator",
        arguments: TextCase.all(
            """
            extracted_number > 1234 => true
            extracted_number > 1234.5 => false
            extracted_number >= 1234.50 => true
            extracted_number < 2000 => true
            extracted_number <= 1234.4 => false
            extracted_number == 1234.5 => true
            extracted_number != 1234.5 => false
            word_count == 6 => true
            word_count > 6 => false
            page_filtered_text in items => true
            page_filtered_text in ITEMS => false
            page_filtered_text !in kiwi => true
            page_filtered_text starts_with total => true
            page_filtered_text ends_with ITEMS => true
            page_filtered_text ends_with item => false
            page_filtered_text length_min 31 => true
            page_filtered_text length_min 32 => false
            page_filtered_text length_max 31 => true
            page_filtered_text length_max 30 => false
            page_filtered_text contains_regex \\d+ ITEMS => true
            page_filtered_text contains_regex ^for => false
            page_filtered_text !contains_regex kiwi => true
            page_filtered_text == nothing => false
            page_filtered_text != nothing => true
            levenshtein_distance == 2 => true
            levenshtein_distance > 2 => false
            levenshtein_ratio > 0.9 => true
            levenshtein_ratio >= 1 => false
            """))
    func each(_ row: TextCase) throws {
        let rule = try ConditionRule(condition(row.input))
        let before = Array("Total: 1.234,50 EUR\nfor 12 items".utf8)
        let holds = try rule.holds(Array(Self.text.utf8), before: before, RuleMatcher(DetectionLimits()))
        #expect(holds == (row.expected == "true"))
    }

    @Test(
        "what is not there holds nothing",
        arguments: ["extracted_number < 5", "levenshtein_ratio < 1", "levenshtein_distance >= 0"])
    func missing(_ row: String) throws {
        #expect(
            try !ConditionRule(condition(row)).holds(
                Array("no number".utf8), before: nil, RuleMatcher(DetectionLimits())))
    }

    @Test(
        "a value that cannot work is refused when it is saved",
        arguments: [
            "extracted_number > many", "page_filtered_text contains_regex (", "page_filtered_text length_min 1.5",
            "word_count == x",
        ])
    func refused(_ row: String) throws {
        var settings = WatchSettings()
        settings.conditions = [try condition(row)]
        #expect(TextProcessor.validate(settings: settings).map(\.field) == ["conditions[0].value"])
    }

    @Test("ALL wants every condition, ANY one of them")
    func logic() throws {
        var settings = DetectionSettings()
        settings.conditions = [try condition("word_count > 2"), try condition("page_filtered_text in kiwi")]
        let page = FetchedPage(status: 200, finalURL: "", contentType: "text/plain", body: Array("one two three".utf8))
        let blocked = try TextProcessor().verdict(on: page, settings: settings, previous: .init())
        #expect(blocked.isBlocked)
        settings.conditionLogic = .any
        #expect(try !TextProcessor().verdict(on: page, settings: settings, previous: .init()).isBlocked)
    }

    @Test("distance and ratio are what counting says, for random texts")
    func likeness() throws {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<300 {
            let one = (0..<random.below(150)).map { _ in UInt8(0x61 + random.below(4)) }
            var other = one
            for _ in 0..<random.below(8) {
                let place = random.below(other.count + 1)
                if random.below(2) == 0 {
                    other.insert(UInt8(0x61 + random.below(5)), at: place)
                } else if place < other.count {
                    other.remove(at: place)
                }
            }
            if random.below(4) == 0 { other = (0..<random.below(150)).map { _ in UInt8(0x61 + random.below(4)) } }
            let likeness = Likeness(one, other)
            let (distance, common) = Self.byTable(one, other)
            #expect(try likeness.distance() == distance, "seed \(runSeed)")
            let sum = one.count + other.count
            #expect(try likeness.ratio() == (sum == 0 ? 1 : Double(2 * common) / Double(sum)), "seed \(runSeed)")
        }
    }

    /// Wagner and Fischer's table: distance and longest common subsequence.
    private static func byTable(_ one: [UInt8], _ other: [UInt8]) -> (distance: Int, common: Int) {
        var distances = Array(0...other.count), commons = [Int](repeating: 0, count: other.count + 1)
        for (row, byte) in one.enumerated() {
            var (corner, commonCorner) = (distances[0], commons[0])
            distances[0] = row + 1
            for column in 1..<(other.count + 1) {
                let (above, commonAbove) = (distances[column], commons[column])
                let isSame = byte == other[column - 1]
                distances[column] = min(above + 1, distances[column - 1] + 1, corner + (isSame ? 0 : 1))
                commons[column] = isSame ? commonCorner + 1 : max(commonAbove, commons[column - 1])
                (corner, commonCorner) = (above, commonAbove)
            }
        }
        return (distances[other.count], commons[other.count])
    }

    @Test("texts too long and too different are a clear failure, long and alike ones are not")
    func long() throws {
        let one = [UInt8](repeating: 0x61, count: 2_000_000)
        #expect(try Likeness(one, one + [0x62]).distance() == 1)
        var random = SeededGenerator(seed: 1)
        let noise = (0..<1_000_000).map { _ in UInt8(0x61 + random.below(20)) }
        #expect(throws: CheckFailure.self) { try Likeness(one, noise).distance() }
    }

    @Test(
        "amounts are read as the countries write them",
        arguments: TextCase.all(
            """
            1,234.56 => 1234.56
            1.234,56 => 1234.56
            1 234,56 € => 1234.56
            1'234.50 CHF => 1234.5
            1.234 => 1234.0
            1,234 => 1234.0
            12.5 => 12.5
            0.125 => 0.125
            1.234.567 => 1234567.0
            12,34,567.89 => 1234567.89
            $ 9.99 USD => 9.99
            20% off, now 15,00 => 15.0
            -5 degrees => -5.0
            no-5 => 5.0
            3 items of 12 => 3.0
            EUR 1 299,00 => 1299.0
            .5 kg => 0.5
            no.5 of 9 => 5.0
            wait ...5 left => 5.0
            version 2.3.4 costs 7 => 7.0
            21.11.2026: 8,50 => 8.5
            127.0.0.1 => nil
            ２００円 => 200.0
            ٢٥٠٫٥٠ ر.س => 250.5
            १२,३४५ => 12345.0
            ๑๒๓ บาท => 123.0
            ５，３個 => 5.0
            nothing => nil
            """))
    func amounts(_ row: TextCase) {
        let found = PriceText.firstNumber(in: Array(row.input.utf8))
        #expect(found.map { String($0) } ?? "nil" == row.expected)
    }
}

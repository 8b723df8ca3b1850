import Testing

@testable import Detection

@Suite("Amounts of money as the countries of the world write them")
struct PriceTextTests {
    @Test(
        "the first number of a text",
        arguments: [
            ("1.234,56 €", 1234.56), ("1 234,56 kr", 1234.56), ("1\u{A0}234,56 kr", 1234.56),
            ("₹1,23,456.78", 123_456.78),
            ("₹1,23,456", 123_456), ("CHF 1'234.50", 1234.5), ("CHF 1’234.–", 1234), ("Fr. 12.-", 12), ("12,- €", 12),
            ("¥12,345", 12345), ("￥１２，３４５", 12345), ("12,345円", 12345), ("١٬٢٣٤٫٥٦ د.إ", 1234.56), ("۱۲۳٫۴", 123.4),
            ("٠٫١٢٥", 0.125), ("१,२३,४५६.५०", 123_456.5), ("฿๑,๒๓๔", 1234), ("1\u{202F}234\u{202F}567,8", 1_234_567.8),
            ("1\u{2009}234 Ft", 1234), ("Rp1.250.000", 1_250_000), ("R$ 1.234,56", 1234.56), ("1.299:-", 1299),
            ("9.99 - 19.99", 9.99), ("10–20 €", 10), ("from 9.99", 9.99), ("ab 9,99 €", 9.99), ("-20% 79.99", 79.99),
            ("٢٠٪ ٧٩٫٩٩", 79.99), ("€12.99/100g", 12.99), ("0.999", 0.999), ("0", 0), ("1.234", 1234), ("12.5", 12.5),
            ("\u{2212}5.00", -5), ("a-5", 5), ("1,234,567.80", 1_234_567.8), ("1'234'567.80", 1_234_567.8),
            ("1 23", 1), ("12.345.678", 12_345_678), ("\u{200E}9,90\u{A0}₪", 9.9), ("words\n4,5\n6", 4.5),
        ] as [(String, Double)])
    func amounts(_ text: String, _ expected: Double) {
        #expect(PriceText.firstNumber(in: Array(text.utf8)) == expected)
    }

    @Test("what is no amount is none", arguments: ["", "free", "20 %", "٢٠٪", "€", "1234567890123456", "½"])
    func none(_ text: String) {
        #expect(PriceText.firstNumber(in: Array(text.utf8)) == nil)
    }

    @Test(
        "three digits behind a point are thousandths of a currency that has them, and thousands of any other",
        arguments: [
            ("1.250", "KWD", 1.25), ("1.250", "EUR", 1250), ("1,250", "KWD", 1250), ("1,250.500", "TND", 1250.5),
        ])
    func thousandths(_ text: String, _ currency: String, _ expected: Double) {
        #expect(PriceText.firstNumber(in: Array(text.utf8), currency: currency) == expected)
    }

    @Test(
        "the currency of a text",
        arguments: [
            ("US$ 5", "USD"), ("CA$5", "CAD"), ("A$5", "AUD"), ("S$5", "SGD"), ("NT$ 50", "TWD"), ("$5", "USD"),
            ("5 €", "EUR"),
            ("5 zł", "PLN"), ("5 Kč", "CZK"), ("1 234 Ft", "HUF"), ("5 лв", "BGN"), ("5 руб.", "RUB"), ("RM 5", "MYR"),
            ("Rp5", "IDR"), ("5 د.إ", "AED"), ("12円", "JPY"), ("EUR 5", "EUR"), ("chf 5", "CHF"), ("Fr. 5", "CHF"),
        ])
    func currencies(_ text: String, _ expected: String) {
        #expect(PriceText.currency(in: text) == expected)
    }

    @Test("a currency is not guessed", arguments: ["5 kr", "5", "firm 5", "soft 5", "neuro 5"])
    func noCurrency(_ text: String) {
        #expect(PriceText.currency(in: text) == nil)
    }
}

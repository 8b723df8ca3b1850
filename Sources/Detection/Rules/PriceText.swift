/// Reads amounts of money as the countries of the world write them.
enum PriceText {
    /// The first number in a text that is no percentage; nil when there is none.
    static func firstNumber(in text: [UInt8]) -> Double? {
        var index = 0
        while let start = text[index...].firstIndex(where: ByteClass.isDigit) {
            let end = numberEnd(text, start)
            var after = end
            while after < text.count, text[after] == ByteClass.space { after += 1 }
            if after < text.count, text[after] == UInt8(ascii: "%") {
                index = end
                continue
            }
            let isNegative =
                start > 0 && text[start - 1] == UInt8(ascii: "-") && (start < 2 || !isWord(text[start - 2]))
            return amount(text[start..<end]).map { isNegative ? -$0 : $0 }
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool { ByteClass.isLetter(byte) || ByteClass.isDigit(byte) }

    /// Where a number that starts with a digit ends: single marks, blanks or apostrophes belong to it where a digit follows.
    private static func numberEnd(_ text: [UInt8], _ start: Int) -> Int {
        var end = start
        while end < text.count {
            if ByteClass.isDigit(text[end]) {
                end += 1
                continue
            }
            let length = separatorLength(text, end)
            guard length > 0, end + length < text.count, ByteClass.isDigit(text[end + length]) else { break }
            // A blank separates thousands only: three digits must follow, and no more.
            let digits = text[(end + length)...].prefix(while: ByteClass.isDigit).count
            let isMark = text[end] == UInt8(ascii: ".") || text[end] == UInt8(ascii: ",")
            guard isMark || digits == 3 else { break }
            end += length
        }
        return end
    }

    /// The bytes of one separator: a dot, a comma, an apostrophe, or a blank of any width.
    private static func separatorLength(_ text: [UInt8], _ place: Int) -> Int {
        switch text[place] {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "'"), ByteClass.space: 1
        case 0xC2 where text[place...].starts(with: [0xC2, 0xA0]): 2
        case 0xE2 where text[place...].starts(with: [0xE2, 0x80, 0xAF]): 3
        case 0xE2 where text[place...].starts(with: [0xE2, 0x80, 0x99]): 3
        default: 0
        }
    }

    /// The worth of a number: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56`, `1.234` (a thousand), `12.5`, `0.125`.
    ///
    /// The last mark is the decimal one if another kind of mark stands before it, or if it stands alone and other than three
    /// digits follow it.
    static func amount(_ number: ArraySlice<UInt8>) -> Double? {
        let marks = number.indices.filter { number[$0] == UInt8(ascii: ".") || number[$0] == UInt8(ascii: ",") }
        var decimal: Int?
        if let last = marks.last {
            let digits = number.endIndex - last - 1
            let others = marks.dropLast()
            let hasBlanks = number[..<last].contains { !ByteClass.isDigit($0) && $0 != number[last] }
            if hasBlanks {
                decimal = last
            } else if others.isEmpty {
                let isBelowOne = number[number.startIndex] == UInt8(ascii: "0")
                if digits != 3 || isBelowOne { decimal = last }
            }
        }
        let whole = number[..<(decimal ?? number.endIndex)].filter(ByteClass.isDigit)
        let part = decimal.map { number[($0 + 1)...].filter(ByteClass.isDigit) } ?? []
        guard whole.count + part.count > 0, whole.count <= 15 else { return nil }
        return Double(
            String(
                decoding: (whole.isEmpty ? [0x30] : whole) + [UInt8(ascii: ".")] + (part.isEmpty ? [0x30] : part),
                as: UTF8.self))
    }

    /// The currency that a text names by its sign or its three letters; nil when it names none that is known.
    static func currency(in text: String) -> String? {
        let upper = text.uppercased()
        if let code = codes.first(where: { upper.hasWord($0) }) { return code }
        return signs.first { upper.contains($0.0) }?.1
    }

    private static let codes = [
        "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "BRL", "MXN", "RUB", "PLN", "CZK", "SEK",
        "NOK",
        "DKK", "HUF", "RON", "BGN", "TRY", "UAH", "ILS", "ZAR", "KRW", "SGD", "HKD", "TWD", "THB", "PHP", "IDR", "MYR",
        "VND",
        "AED", "SAR", "CLP", "COP", "ARS", "PEN", "EGP", "NGN", "KES", "PKR", "ISK",
    ]
    /// Longer signs first, since many end in a dollar.
    private static let signs = [
        ("R$", "BRL"), ("A$", "AUD"), ("AU$", "AUD"), ("C$", "CAD"), ("CA$", "CAD"), ("NZ$", "NZD"), ("HK$", "HKD"),
        ("S$", "SGD"), ("NT$", "TWD"), ("MX$", "MXN"), ("US$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY"),
        ("₹", "INR"), ("₽", "RUB"), ("₩", "KRW"), ("₺", "TRY"), ("₴", "UAH"), ("₪", "ILS"), ("₫", "VND"), ("฿", "THB"),
        ("₱", "PHP"), ("ZŁ", "PLN"), ("KČ", "CZK"), ("FR.", "CHF"), ("$", "USD"),
    ]
}

extension String {
    /// Whether `word` stands in it with no letter beside it.
    fileprivate func hasWord(_ word: String) -> Bool {
        guard let range = firstRange(of: word) else { return false }
        let before = range.lowerBound == startIndex ? nil : self[index(before: range.lowerBound)]
        let after = range.upperBound == endIndex ? nil : self[range.upperBound]
        return before?.isLetter != true && after?.isLetter != true
    }
}

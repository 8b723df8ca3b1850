/// Reads amounts of money as the countries of the world write them.
enum PriceText {
    /// The first amount in a text that is no percentage; nil when there is none.
    ///
    /// Digits of every script count. What is written in groups as no amount is (`2.3.4`, a date with dots) is passed over.
    static func firstNumber(in text: [UInt8]) -> Double? {
        let text = withPlainDigits(text)
        var index = 0
        while let digit = text[index...].firstIndex(where: ByteClass.isDigit) {
            let end = numberEnd(text, digit)
            index = end
            var after = end
            while after < text.count, text[after] == ByteClass.space { after += 1 }
            if after < text.count, text[after] == UInt8(ascii: "%") { continue }
            // `.5` is a half, but `no.5` the fifth.
            let isPart =
                digit > 0 && text[digit - 1] == UInt8(ascii: ".")
                && (digit < 2 || !isWord(text[digit - 2]) && text[digit - 2] != UInt8(ascii: "."))
            let start = isPart ? digit - 1 : digit
            guard let amount = amount(text[start..<end]) else { continue }
            let isNegative =
                start > 0 && text[start - 1] == UInt8(ascii: "-") && (start < 2 || !isWord(text[start - 2]))
            return isNegative ? -amount : amount
        }
        return nil
    }

    /// The text with the digits 0 to 9 for those of other scripts, and ASCII's marks for Arabic's.
    private static func withPlainDigits(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(where: { $0 >= 0x80 }) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\u{66B}": result.append(UInt8(ascii: "."))
            case "\u{66C}": result.append(UInt8(ascii: ","))
            case _ where scalar.value >= 0x80 && scalar.properties.numericType == .decimal:
                result.append(0x30 + UInt8(scalar.properties.numericValue ?? 0))
            default: result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return result
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

    /// The worth of a number: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56`, `1.234` (a thousand), `12.5`, `0.125`; nil
    /// for groups that are none of thousands.
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
            } else if !others.isEmpty {
                // India writes 12,34,567: the last group has three digits, those before it two or three.
                let groups = zip(marks, marks.dropFirst()).map { $1 - $0 - 1 }
                if digits != 3 || groups.contains(where: { $0 != 2 && $0 != 3 }) { return nil }
            } else {
                let isBelowOne = number[number.startIndex] == UInt8(ascii: "0") || last == number.startIndex
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

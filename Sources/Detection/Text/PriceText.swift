/// Reads amounts of money as the countries of the world write them.
enum PriceText {
    /// The first amount in a text that is no percentage; nil when there is none.
    ///
    /// Digits of all scripts count, and the Arabic marks between them. What is written in groups as no amount is
    /// (`2.3.4`, a date with dots) is passed over. `currency` tells what `1.250` means: with one that has a thousand
    /// parts (ISO 4217, exponent 3) a quarter more than one, else a thousand and a quarter of it.
    static func firstNumber(in text: [UInt8], currency: String? = nil) -> Double? {
        let hasThousandParts = currency.map(thousandParts.contains) ?? false
        // Line by line, since no number goes on in the next one, and most texts have theirs early.
        var rest = text[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            if let number = number(in: line, hasThousandParts: hasThousandParts) { return number }
            rest = rest[line.endIndex...].dropFirst()
        }
        return nil
    }

    private static func number(in line: ArraySlice<UInt8>, hasThousandParts: Bool) -> Double? {
        let text = line.contains { $0 >= 0x80 } ? plain(line) : Array(line)
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
            guard let amount = amount(text[start..<end], hasThousandParts: hasThousandParts) else { continue }
            let isNegative =
                start > 0 && text[start - 1] == UInt8(ascii: "-") && (start < 2 || !isWord(text[start - 2]))
            return isNegative ? -amount : amount
        }
        return nil
    }

    private static let thousandParts: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]

    /// A decimal mark that is nothing else: what U+066B becomes.
    private static let sureMark: UInt8 = 0x1F

    /// The text with digits, blanks and marks of all scripts as those of ASCII, for `numberEnd` and `amount`.
    private static func plain(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case ..<0x80: plain.append(UInt8(scalar.value))
            case 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: plain.append(ByteClass.space)
            // The commas of Chinese and Arabic part what is listed; inside of a number they can only part thousands.
            case 0x2019, 0x02BC, 0x2032, 0xFF07, 0x066C, 0xFF0C, 0x060C: plain.append(UInt8(ascii: "'"))
            case 0x066B: plain.append(sureMark)
            case 0xFF0E: plain.append(UInt8(ascii: "."))
            case 0xFF05, 0x066A: plain.append(UInt8(ascii: "%"))
            case 0x2212, 0xFF0D: plain.append(UInt8(ascii: "-"))
            // Marks of the direction of writing stand between digits without meaning (UAX 9).
            case 0x200E, 0x200F, 0x061C: break
            default:
                if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
                    plain.append(UInt8(ascii: "0") + UInt8(value))
                } else {
                    plain += String(scalar).utf8
                }
            }
        }
        return plain
    }

    private static func isWord(_ byte: UInt8) -> Bool { ByteClass.isLetter(byte) || ByteClass.isDigit(byte) }

    /// Where a number that starts with a digit ends: single marks, blanks or apostrophes belong to it where a digit
    /// follows.
    private static func numberEnd(_ text: [UInt8], _ start: Int) -> Int {
        var end = start
        while end < text.count {
            if ByteClass.isDigit(text[end]) {
                end += 1
                continue
            }
            guard isSeparator(text[end]), end + 1 < text.count, ByteClass.isDigit(text[end + 1]) else { break }
            // A blank separates thousands only: three digits must follow, and no more.
            if text[end] == ByteClass.space || text[end] == UInt8(ascii: "'") {
                guard text[(end + 1)...].prefix(4).prefix(while: ByteClass.isDigit).count == 3 else { break }
            }
            end += 1
        }
        return end
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "'"), ByteClass.space, sureMark: true
        default: false
        }
    }

    /// The worth of a number: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56`, `1.234` (a thousand), `12.5`, `0.125`;
    /// nil for groups that are none of thousands.
    ///
    /// The last mark is the decimal one if another kind of mark stands before it, or if it stands alone and other than
    /// three digits follow it.
    private static func amount(_ number: ArraySlice<UInt8>, hasThousandParts: Bool) -> Double? {
        let marks = number.indices.filter {
            number[$0] == UInt8(ascii: ".") || number[$0] == UInt8(ascii: ",") || number[$0] == sureMark
        }
        var decimal: Int?
        if let last = marks.last {
            let digits = number.endIndex - last - 1
            let others = marks.dropLast()
            let hasBlanks = number[..<last].contains { !ByteClass.isDigit($0) && $0 != number[last] }
            if hasBlanks || number[last] == sureMark {
                decimal = last
            } else if !others.isEmpty {
                // India writes 12,34,567: the last group has three digits, those before it two or three.
                let groups = zip(marks, marks.dropFirst()).map { $1 - $0 - 1 }
                if digits != 3 || groups.contains(where: { $0 != 2 && $0 != 3 }) { return nil }
            } else {
                let isBelowOne = number[number.startIndex] == UInt8(ascii: "0") || last == number.startIndex
                let isThousandth = hasThousandParts && number[last] == UInt8(ascii: ".")
                if digits != 3 || isBelowOne || isThousandth { decimal = last }
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

    /// The currency that a text names by its sign, its word or its three letters (ISO 4217); nil when it names none
    /// that is known.
    static func currency(in text: String) -> String? {
        let upper = text.uppercased()
        if let code = codes.first(where: { upper.hasWord($0) }) { return code }
        if let sign = signs.first(where: { upper.contains($0.0) }) { return sign.1 }
        return words.first { upper.hasWord($0.0) }?.1
    }

    private static let codes = [
        "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "BRL", "MXN", "RUB", "PLN", "CZK", "SEK",
        "NOK", "DKK", "HUF", "RON", "BGN", "TRY", "UAH", "ILS", "ZAR", "KRW", "SGD", "HKD", "TWD", "THB", "PHP", "IDR",
        "MYR", "VND", "AED", "SAR", "CLP", "COP", "ARS", "PEN", "EGP", "NGN", "KES", "PKR", "ISK", "KWD", "BHD", "OMR",
        "JOD", "TND", "LYD", "IQD", "QAR", "MAD", "BDT", "LKR", "KZT", "GEL", "RSD",
    ]
    /// Longer signs first, since many end in a dollar.
    private static let signs = [
        ("US$", "USD"), ("CA$", "CAD"), ("AU$", "AUD"), ("NZ$", "NZD"), ("HK$", "HKD"), ("NT$", "TWD"), ("MX$", "MXN"),
        ("R$", "BRL"), ("A$", "AUD"), ("C$", "CAD"), ("S$", "SGD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY"),
        ("￥", "JPY"), ("円", "JPY"), ("元", "CNY"), ("원", "KRW"), ("₹", "INR"), ("₽", "RUB"), ("₩", "KRW"),
        ("₺", "TRY"), ("₴", "UAH"), ("₪", "ILS"), ("₫", "VND"), ("฿", "THB"), ("₱", "PHP"), ("₦", "NGN"), ("₸", "KZT"),
        ("₾", "GEL"), ("৳", "BDT"), ("ZŁ", "PLN"), ("KČ", "CZK"), ("FR.", "CHF"), ("د.إ", "AED"), ("ر.س", "SAR"),
        ("د.ك", "KWD"), ("$", "USD"),
    ]
    /// Of a country's own language; `kr` is left out, since three countries have it.
    private static let words = [
        ("FT", "HUF"), ("LEI", "RON"), ("РУБ", "RUB"), ("ГРН", "UAH"), ("ЛВ", "BGN"), ("TL", "TRY"), ("RP", "IDR"),
        ("RM", "MYR"),
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

import Glibc

/// How likely bytes are in one language written in a charset of several bytes per character: by the characters that
/// come out, which are only frequent ones in the right charset.
struct CharacterModel: Sendable {
    let charset: String
    private let language: Language

    private enum Language { case japanese, korean, simplified, traditional }

    static let all = [
        CharacterModel("CP932", .japanese), CharacterModel("EUC-JP", .japanese), CharacterModel("CP949", .korean),
        CharacterModel("GB18030", .simplified), CharacterModel("BIG5-HKSCS", .traditional),
    ]

    private init(_ charset: String, _ language: Language) {
        self.charset = charset
        self.language = language
        // One converter stays open, so that the C library does not load the charset's tables anew for each page.
        _ = iconv_open("UTF-8", charset)
    }

    /// What makes up for a second byte that is ASCII, which charsets of single bytes need not explain.
    private static let secondByte = log(60.0)

    /// The logarithm of how likely the bytes beyond ASCII in `sample` are.
    func likelihood(of sample: ArraySlice<UInt8>) -> Double {
        var ascii = 0
        var sum = 0.0
        for scalar in String(decoding: CharsetDecoder.utf8(sample, from: charset), as: UTF8.self).unicodeScalars {
            if scalar.value < 0x80 { ascii += 1 } else { sum += frequency(scalar) }
        }
        let hidden = sample.count { $0 < 0x80 } - ascii
        return sum + Double(max(0, hidden)) * Self.secondByte
    }

    private func frequency(_ scalar: Unicode.Scalar) -> Double {
        if FrequentCharacters.signs.contains(scalar) { return log(0.004) }
        return switch language {
        case .japanese: japanese(scalar)
        case .korean: korean(scalar)
        case .simplified: chinese(scalar, FrequentCharacters.simplified)
        case .traditional: chinese(scalar, FrequentCharacters.traditional)
        }
    }

    private func japanese(_ scalar: Unicode.Scalar) -> Double {
        switch scalar.value {
        case 0x3041...0x3096: FrequentCharacters.hiragana.contains(scalar) ? log(0.013) : log(0.0006)
        case 0x30A1...0x30FC: log(0.0018)
        case 0x4E00...0x9FFF: FrequentCharacters.kanji.contains(scalar) ? log(0.0006) : log(1e-5)
        case 0xFF01...0xFF5E: log(2e-4)
        // Half-width katakana are single bytes, which other charsets' letters look like.
        case 0xFF61...0xFF9F: log(2e-4)
        default: log(Self.odd)
        }
    }

    private func korean(_ scalar: Unicode.Scalar) -> Double {
        switch scalar.value {
        case 0xAC00...0xD7A3: FrequentCharacters.hangul.contains(scalar) ? log(0.005) : log(1e-4)
        case 0x4E00...0x9FFF: log(1e-6)
        default: log(Self.odd)
        }
    }

    private func chinese(_ scalar: Unicode.Scalar, _ frequent: Set<Unicode.Scalar>) -> Double {
        switch scalar.value {
        case 0x4E00...0x9FFF: frequent.contains(scalar) ? log(0.0018) : log(5e-5)
        case 0xFF01...0xFF5E: log(2e-4)
        default: log(Self.odd)
        }
    }

    /// What hardly anybody writes: private characters, other scripts, and bytes that mean nothing.
    private static let odd = 1e-7
}

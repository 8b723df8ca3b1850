import Glibc

/// A language as far as guessing charsets needs it: which letters beyond ASCII it has, and in which charsets it is met.
struct WrittenLanguage: Sendable {
    /// iconv's names.
    let charsets: [String]
    /// The small letters beyond ASCII, the most frequent first.
    private let letters: String
    /// How much rarer each letter is than the one before it: alphabets beyond ASCII decline slowly, accents quickly.
    private let decline: Double
    let isLatin: Bool

    private init(_ charsets: String, _ letters: String, decline: Double = 0.9, isLatin: Bool = false) {
        self.charsets = charsets.split(separator: " ").map(String.init)
        self.letters = letters
        self.decline = decline
        self.isLatin = isLatin
    }

    private static func latin(_ charsets: String, _ letters: String) -> WrittenLanguage {
        WrittenLanguage(charsets, letters, decline: 0.75, isLatin: true)
    }

    /// How much of what is beyond ASCII are letters; English has signs only.
    private var share: Double { letters.isEmpty ? 0 : isLatin ? 0.85 : 0.93 }

    /// How often each letter is used, of all characters beyond ASCII.
    var frequencies: [Unicode.Scalar: Double] {
        Self.declining(Array(letters.unicodeScalars), by: decline, from: share)
    }

    /// How often each sign is used.
    var signs: [Unicode.Scalar: Double] { Self.declining(Self.commonSigns, by: 0.85, from: 1 - share) }

    private static let commonSigns = Array("\u{A0}’“”–«»…©—•„·‘®°™€£§№½²×´‹›¿¡ºª".unicodeScalars)

    private static func declining(
        _ scalars: [Unicode.Scalar], by factor: Double, from share: Double
    ) -> [Unicode.Scalar: Double] {
        let first = share * (1 - factor) / (1 - pow(factor, Double(scalars.count)))
        var result: [Unicode.Scalar: Double] = [:]
        for (rank, scalar) in scalars.enumerated() where result[scalar] == nil {
            result[scalar] = first * pow(factor, Double(rank))
        }
        return result
    }

    /// Of charsets that are equally likely the earlier one is taken.
    static let all: [WrittenLanguage] = [
        latin("WINDOWS-1252", ""),
        latin("WINDOWS-1252", "éàèêçôùîâûëïœ"),
        latin("WINDOWS-1252", "üäöß"),
        latin("WINDOWS-1252", "óíáéñúü"),
        latin("WINDOWS-1252", "ãçáéíóêõúâàô"),
        latin("WINDOWS-1252", "àèéùòì"),
        latin("WINDOWS-1252", "äåöéø"),
        latin("WINDOWS-1252", "øåæé"),
        latin("WINDOWS-1252", "íáðóöéæþúý"),
        latin("WINDOWS-1252", "óàéèçíïòúü"),
        latin("WINDOWS-1252", "éëïèóü"),
        latin("WINDOWS-1252 WINDOWS-1257", "äõüöšž"),
        latin("WINDOWS-1250 ISO-8859-2", "łąężóśćńź"),
        latin("WINDOWS-1250 ISO-8859-2", "íáéěřýčžšůúťóňď"),
        latin("WINDOWS-1250 ISO-8859-2", "áéíčýžšúľťôňäďóŕĺ"),
        latin("WINDOWS-1250 ISO-8859-2", "áéöóőíüúű"),
        latin("WINDOWS-1250 ISO-8859-2", "ăîţâş"),
        latin("WINDOWS-1250 ISO-8859-2", "čšžćđ"),
        latin("WINDOWS-1254", "ıüşğöçİâî"),
        latin("WINDOWS-1257 ISO-8859-4", "ėšųįžūčąę"),
        latin("WINDOWS-1257 ISO-8859-4", "āīēšņļūžķģč"),
        latin("WINDOWS-1258", "\u{301}\u{300}đươạ\u{323}êâôă\u{309}\u{303}áàíúùóéè"),
        WrittenLanguage("WINDOWS-1251 KOI8-R ISO-8859-5 IBM866", "оеаинтсрвлкмдпуяызьгбчйхжшюцщэфъё"),
        WrittenLanguage("WINDOWS-1251 KOI8-U ISO-8859-5", "оанивіетрслкудмпзяьбгчйхжцюєїшфщґ"),
        WrittenLanguage("WINDOWS-1251 ISO-8859-5", "аоиетнврсдлкпмузяъбгчщжцшхйфюь"),
        WrittenLanguage("WINDOWS-1251 ISO-8859-5", "аоиенрстјувкдплмбзгчшцжњћљђхфџ"),
        WrittenLanguage("WINDOWS-1253 ISO-8859-7", "αοιετσνηυρπκμλςωόίγδάήέύθχώβφξζψϊϋ"),
        WrittenLanguage("WINDOWS-1255 ISO-8859-8", "יוהלארתבשמםנדעחקפצגכטסזןךףץ"),
        WrittenLanguage("WINDOWS-1256 ISO-8859-6", "اليمونرتبةعدسفهكقأحجشطصخإذىئءضغثزآظؤ"),
        WrittenLanguage("WINDOWS-1256", "اینردمهتوبسلشکزفگعخقجچحپآصطضيكغظژئثذ"),
        WrittenLanguage("WINDOWS-874", "านรอกเงมยล่วดทสต้ะปบิคัหีแจพชขใำไุโู็์ึผืถณซธภศษญฟฉ", decline: 0.94),
    ]
}

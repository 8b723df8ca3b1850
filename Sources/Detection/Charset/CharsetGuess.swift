/// Guesses how a page is written that does not say it and is not UTF-8, by which charset makes its bytes likeliest.
///
/// Each candidate says how likely the page's bytes beyond ASCII are, if it is the one: of the charsets with one byte
/// per letter by letter frequencies and what stands beside a letter, of those with several by the characters that come
/// out. The best answer wins; windows-1252, which browsers take where they cannot tell, needs less evidence than any
/// other. The same bytes give the same answer, and no more than `sampleLength` bytes are ever weighed.
enum CharsetGuess {
    /// How far behind the first byte that is not ASCII the page is looked at.
    private static let reach = 64 << 10
    /// So many bytes are weighed: more than a thousand letters, where a dozen mostly decide.
    private static let sampleLength = 3 << 10
    /// All candidates see so many bytes, and those that are not far behind the best one see the rest.
    private static let probeLength = 512
    private static let farBehind = 200.0

    /// A charset in one language.
    private struct Candidate: Sendable {
        let charset: String
        /// By how much it has to be better than others, in nats.
        let handicap: Double
        /// The logarithm of how likely bytes are.
        let likelihood: @Sendable (ArraySlice<UInt8>) -> Double
    }

    /// Of those that are equally likely the first is taken. One letter may be chance, two hardly are; what two letters
    /// look like as one character of another charset is often something.
    private static let candidates =
        LetterModel.all.map { model in
            Candidate(charset: model.charset, handicap: model.charset == "WINDOWS-1252" ? 0 : 2.5) {
                model.likelihood(of: $0)
            }
        }
        + CharacterModel.all.map { model in
            Candidate(charset: model.charset, handicap: 12) { model.likelihood(of: $0) }
        }

    /// iconv's name of the likeliest charset of `body`, which is not UTF-8 throughout.
    static func encoding(_ body: [UInt8]) -> String {
        if isDamagedUTF8(body) { return "UTF-8" }
        let sample = sample(of: body)
        let first = ranked(candidates, on: sample.prefix(probeLength))
        guard let best = first.first, sample.count > probeLength else { return first.first?.charset ?? "WINDOWS-1252" }
        let near = first.filter { $0.score > best.score - farBehind }.map(\.place).sorted().map { candidates[$0] }
        return ranked(near, on: sample[...]).first?.charset ?? best.charset
    }

    /// The likeliest first.
    private static func ranked(
        _ candidates: [Candidate], on sample: ArraySlice<UInt8>
    ) -> [(charset: String, place: Int, score: Double)] {
        candidates.enumerated().map { place, candidate in
            (candidate.charset, place, candidate.likelihood(sample) - candidate.handicap)
        }
        .sorted { ($1.2, $0.1) < ($0.2, $1.1) }
    }

    /// Whether bytes that are all ASCII are ISO-2022-JP: escape sequences of it and no others (RFC 1468), with pairs of
    /// printable bytes between those that begin and end Japanese.
    static func isISO2022JP(_ body: [UInt8]) -> Bool {
        // Every unlabelled page in UTF-8 is asked this, so the escape is looked for by the C library.
        // Safety: `find` looks between the first byte and the last; the loops below compare each place with the end.
        let escape = body.withUnsafeBufferPointer { $0.find(0x1B, from: 0, to: $0.count) }
        guard var index = escape, !body.contains(where: { $0 >= 0x80 }) else { return false }
        var hasJapanese = false
        while index + 2 < body.count {
            let isTwoBytes: Bool
            switch (body[index + 1], body[index + 2]) {
            case (UInt8(ascii: "$"), UInt8(ascii: "@")), (UInt8(ascii: "$"), UInt8(ascii: "B")): isTwoBytes = true
            case (UInt8(ascii: "("), UInt8(ascii: "B")), (UInt8(ascii: "("), UInt8(ascii: "J")),
                (UInt8(ascii: "("), UInt8(ascii: "I")):
                isTwoBytes = false
            default: return false
            }
            let start = index + 3
            index = body[start...].firstIndex(of: 0x1B) ?? body.count
            guard isTwoBytes else { continue }
            guard body[start..<index].allSatisfy({ $0 > 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x0D }) else {
                return false
            }
            hasJapanese = hasJapanese || index > start + 1
        }
        return hasJapanese
    }

    /// A page of well-formed UTF-8 with a few bytes that are none, such as a title cut off in the middle of a letter:
    /// no other charset looks like that by chance.
    private static func isDamagedUTF8(_ body: [UInt8]) -> Bool {
        body.withUnsafeBufferPointer { bytes in
            var good = 0
            var bad = 0
            var index = body.firstIndex { $0 >= 0x80 } ?? body.count
            let end = min(body.count, index + reach)
            while index < end {
                let length = UTF8Check.sequenceLength(bytes, index, bytes.count)
                if length > 1 { good += 1 } else if length == 0 { bad += 1 }
                index += max(length, 1)
            }
            return good > 4 * bad
        }
    }

    /// The bytes beyond ASCII with what stands beside them: of longer runs of ASCII only both ends, since markup says
    /// nothing about the charset and would leave no room for what does.
    private static func sample(of body: [UInt8]) -> [UInt8] {
        guard let first = body.firstIndex(where: { $0 >= 0x80 }) else { return [] }
        var sample: [UInt8] = []
        var run = 0
        for index in max(0, first - 2)..<min(body.count, first + reach) {
            let byte = body[index]
            run = byte < 0x80 ? run + 1 : 0
            // The second byte of a character may be ASCII, but not the one after that.
            if run > 2, index + 2 < body.count, body[index + 1] < 0x80, body[index + 2] < 0x80 { continue }
            sample.append(byte)
            if sample.count == sampleLength { break }
        }
        return sample
    }
}

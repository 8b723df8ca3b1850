/// What `:lang()` asks for: a language range, by the extended filtering of RFC 4647 (3.3.2).
struct LanguageRange: Sendable {
    private let subtags: [[UInt8]]

    init(_ text: [UInt8]) { subtags = Self.split(text) }

    /// Whether the language is one of the range; an empty range means a language that is not known.
    func accepts(_ language: [UInt8]) -> Bool {
        let tags = Self.split(language)
        guard let first = subtags.first, let tag = tags.first else { return subtags.isEmpty && tags.isEmpty }
        guard first == Self.any || first == tag else { return false }
        var place = 1
        for wanted in subtags.dropFirst() where wanted != Self.any {
            // What follows a single letter is an extension, no part of the language.
            while place < tags.count, tags[place] != wanted, tags[place].count > 1 { place += 1 }
            guard place < tags.count, tags[place] == wanted else { return false }
            place += 1
        }
        return true
    }

    private static let any = [UInt8(ascii: "*")]

    private static func split(_ text: [UInt8]) -> [[UInt8]] {
        guard !text.isEmpty else { return [] }
        return text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
            $0.map(ByteClass.lower)
        }
    }
}

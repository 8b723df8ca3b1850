import Domain

/// How far two texts are from each other, character by character.
///
/// Both measures are taken with whole machine words of one text at a time: Levenshtein's distance by Hyyrö's form of
/// Myers' bit-parallel algorithm ("A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003),
/// the longest common subsequence behind the ratio by Hyyrö's ("Bit-parallel LCS-length computation revisited", 2004).
struct Likeness {
    /// The most word operations that one comparison takes; beyond it a check fails with a clear word.
    private static let most = 2_000_000_000

    private let old: [UInt32]
    private let new: [UInt32]
    /// What both begin and end with, which needs no look.
    private let common: Int

    init(_ old: [UInt8], _ new: [UInt8]) {
        var one = String(decoding: old, as: UTF8.self).unicodeScalars.map(\.value)[...]
        var other = String(decoding: new, as: UTF8.self).unicodeScalars.map(\.value)[...]
        let total = one.count
        let start = zip(one, other).prefix { $0 == $1 }.count
        one = one.dropFirst(start)
        other = other.dropFirst(start)
        let end = zip(one.reversed(), other.reversed()).prefix { $0 == $1 }.count
        self.old = Array(one.dropLast(end))
        self.new = Array(other.dropLast(end))
        common = total - self.old.count
    }

    /// The least number of characters to put in, take out or exchange.
    func distance() throws(CheckFailure) -> Int {
        if old.isEmpty || new.isEmpty { return max(old.count, new.count) }
        try refuseTooLong()
        let words = (old.count + 63) / 64
        let (places, masks) = masks(words)
        var positive = [UInt64](repeating: .max, count: words), negative = [UInt64](repeating: 0, count: words)
        var score = old.count
        let top = UInt64(1) << UInt64((old.count - 1) & 63)
        for character in new {
            let row = places[character].map { $0 * words }
            var carryPositive: UInt64 = 1, carryNegative: UInt64 = 0
            for word in 0..<words {
                let match = row.map { masks[$0 + word] } ?? 0
                let (up, down) = (positive[word], negative[word])
                let extended = match | carryNegative
                let diagonal = (((extended & up) &+ up) ^ up) | extended | down
                var more = down | ~(diagonal | up)
                var less = up & diagonal
                if word == words - 1 {
                    if more & top != 0 { score += 1 }
                    if less & top != 0 { score -= 1 }
                }
                let (nextPositive, nextNegative) = (more >> 63, less >> 63)
                more = more << 1 | carryPositive
                less = less << 1 | carryNegative
                (carryPositive, carryNegative) = (nextPositive, nextNegative)
                positive[word] = less | ~(diagonal | match | more)
                negative[word] = more & (diagonal | match)
            }
        }
        return score
    }

    /// 1 for equal texts, 0 for texts with no character in common: twice the longest common subsequence over the sum of
    /// both lengths.
    func ratio() throws(CheckFailure) -> Double {
        let sum = old.count + new.count + 2 * common
        if sum == 0 { return 1 }
        guard !old.isEmpty, !new.isEmpty else { return Double(2 * common) / Double(sum) }
        try refuseTooLong()
        let words = (old.count + 63) / 64
        let (places, masks) = masks(words)
        var row = [UInt64](repeating: .max, count: words)
        for character in new {
            guard let place = places[character].map({ $0 * words }) else { continue }
            var carry: UInt64 = 0
            for word in 0..<words {
                let matched = row[word] & masks[place + word]
                let (first, overflow) = row[word].addingReportingOverflow(matched)
                let (sum, again) = first.addingReportingOverflow(carry)
                carry = overflow || again ? 1 : 0
                row[word] = sum | (row[word] & ~masks[place + word])
            }
        }
        var shared = 0
        for (word, bits) in row.enumerated() {
            let length = min(64, old.count - 64 * word)
            let used = length == 64 ? UInt64.max : (UInt64(1) << UInt64(length)) - 1
            shared += (~bits & used).nonzeroBitCount
        }
        return Double(2 * (common + shared)) / Double(sum)
    }

    /// Where each character of the old text stands, as bits; characters by their place in the list.
    private func masks(_ words: Int) -> (places: [UInt32: Int], bits: [UInt64]) {
        var places: [UInt32: Int] = [:]
        for character in old where places[character] == nil { places[character] = places.count }
        var bits = [UInt64](repeating: 0, count: places.count * words)
        for (index, character) in old.enumerated() {
            if let place = places[character] { bits[place * words + index / 64] |= 1 << UInt64(index & 63) }
        }
        return (places, bits)
    }

    private func refuseTooLong() throws(CheckFailure) {
        let words = (old.count + 63) / 64
        let distinct = min(Set(old).count, 1 << 20)
        guard words * new.count <= Self.most, words * distinct <= 1 << 26 else {
            throw CheckFailure(.tooComplex, "two versions are too long and too different to measure how alike they are")
        }
    }
}

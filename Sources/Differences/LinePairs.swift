import CXXHash

/// Decides which removed line an added line replaces, for one difference.
struct LinePairs {
    /// Hunks with more pairs to weigh than this are paired in order.
    private static let hunkLimit = 2_500
    /// The most pairs that are weighed in one difference.
    private var pairsLeft = 200_000
    /// Two lines that share fewer of their words than this are not versions of one line.
    private static let leastLikeness = 0.3

    typealias Pair = (old: Int?, new: Int?)

    /// Every line of both ranges exactly once, in order on each side.
    mutating func pairs(_ gone: Range<Int>, _ come: Range<Int>, _ diff: LineDiff) -> [Pair] {
        if gone.isEmpty { return come.map { (nil, $0) } }
        if come.isEmpty { return gone.map { ($0, nil) } }
        let (count, isLarge) = gone.count.multipliedReportingOverflow(by: come.count)
        if gone.count == come.count || isLarge || count > Self.hunkLimit || count > pairsLeft {
            return inOrder(gone, come)
        }
        pairsLeft -= count
        return weighed(gone, come, diff)
    }

    private func inOrder(_ gone: Range<Int>, _ come: Range<Int>) -> [Pair] {
        let count = min(gone.count, come.count)
        var pairs: [Pair] = zip(gone, come).map { ($0, $1) }
        pairs += gone.dropFirst(count).map { ($0, nil) }
        pairs += come.dropFirst(count).map { (nil, $0) }
        return pairs
    }

    /// The pairing in order whose lines are most alike in sum.
    private func weighed(_ gone: Range<Int>, _ come: Range<Int>, _ diff: LineDiff) -> [Pair] {
        let oldWords = gone.map { Self.wordHashes(diff.old, diff.oldLines.range($0)) }
        let newWords = come.map { Self.wordHashes(diff.new, diff.newLines.range($0)) }
        let width = come.count + 1
        var best = [Double](repeating: 0, count: (gone.count + 1) * width)
        var likeness = [Double](repeating: 0, count: gone.count * come.count)
        for row in stride(from: gone.count - 1, through: 0, by: -1) {
            for column in stride(from: come.count - 1, through: 0, by: -1) {
                let alike = Self.alike(oldWords[row], newWords[column])
                likeness[row * come.count + column] = alike
                let skip = max(best[(row + 1) * width + column], best[row * width + column + 1])
                let take = alike + best[(row + 1) * width + column + 1]
                best[row * width + column] = alike < Self.leastLikeness ? skip : max(skip, take)
            }
        }
        var pairs: [Pair] = []
        var row = 0, column = 0
        while row < gone.count, column < come.count {
            let alike = likeness[row * come.count + column]
            let here = best[row * width + column]
            if alike >= Self.leastLikeness, here == alike + best[(row + 1) * width + column + 1] {
                pairs.append((gone.lowerBound + row, come.lowerBound + column))
                row += 1
                column += 1
            } else if here == best[(row + 1) * width + column] {
                pairs.append((gone.lowerBound + row, nil))
                row += 1
            } else {
                pairs.append((nil, come.lowerBound + column))
                column += 1
            }
        }
        pairs += (row..<gone.count).map { (gone.lowerBound + $0, nil) }
        pairs += (column..<come.count).map { (nil, come.lowerBound + $0) }
        return pairs
    }

    /// The hashes of a line's different words, sorted; blanks are no words.
    private static func wordHashes(_ text: [UInt8], _ range: Range<Int>) -> [UInt64] {
        // The beginning of a line says enough, and a line may be a whole page.
        let words = WordDiff.words(text, range.prefix(20_000)).prefix(1_000).filter {
            !text[$0.lowerBound].isBlank
        }
        // Safety: the words are ranges of the same text; XXH3 reads no byte more.
        let hashes = text.withUnsafeBytes { bytes in
            words.map { XXH3_64bits(UnsafeRawBufferPointer(rebasing: bytes[$0]).baseAddress, $0.count) }
        }
        return Array(Set(hashes)).sorted()
    }

    /// The share of words that two lines have in common.
    private static func alike(_ one: [UInt64], _ other: [UInt64]) -> Double {
        var common = 0, left = 0, right = 0
        while left < one.count, right < other.count {
            if one[left] == other[right] {
                common += 1
                left += 1
                right += 1
            } else if one[left] < other[right] {
                left += 1
            } else {
                right += 1
            }
        }
        let all = one.count + other.count - common
        return all == 0 ? 1 : Double(common) / Double(all)
    }
}

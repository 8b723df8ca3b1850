/// Decides which removed line an added line replaces.
enum LinePairs {
    /// Hunks with more pairs to weigh than this are paired in order.
    private static let weighedPairs = 2_500
    /// Two lines that share fewer of their words than this are not versions of one line.
    private static let leastLikeness = 0.3

    typealias Pair = (old: Int?, new: Int?)

    /// Every line of both ranges exactly once, in order on each side.
    static func pairs(_ gone: Range<Int>, _ come: Range<Int>, _ diff: LineDiff) -> [Pair] {
        if gone.isEmpty { return come.map { (nil, $0) } }
        if come.isEmpty { return gone.map { ($0, nil) } }
        if gone.count == come.count || gone.count * come.count > weighedPairs { return inOrder(gone, come) }
        return weighed(gone, come, diff)
    }

    private static func inOrder(_ gone: Range<Int>, _ come: Range<Int>) -> [Pair] {
        let count = min(gone.count, come.count)
        var pairs: [Pair] = zip(gone, come).map { ($0, $1) }
        pairs += gone.dropFirst(count).map { ($0, nil) }
        pairs += come.dropFirst(count).map { (nil, $0) }
        return pairs
    }

    /// The pairing in order whose lines are most alike in sum.
    private static func weighed(_ gone: Range<Int>, _ come: Range<Int>, _ diff: LineDiff) -> [Pair] {
        let oldWords = gone.map { Set(WordDiff.words(diff.old, diff.oldLines.range($0)).map { diff.old[$0] }) }
        let newWords = come.map { Set(WordDiff.words(diff.new, diff.newLines.range($0)).map { diff.new[$0] }) }
        let width = come.count + 1
        var best = [Double](repeating: 0, count: (gone.count + 1) * width)
        var likeness = [Double](repeating: 0, count: gone.count * come.count)
        for row in stride(from: gone.count - 1, through: 0, by: -1) {
            for column in stride(from: come.count - 1, through: 0, by: -1) {
                let alike = alike(oldWords[row], newWords[column])
                likeness[row * come.count + column] = alike
                let skip = max(best[(row + 1) * width + column], best[row * width + column + 1])
                best[row * width + column] =
                    alike < leastLikeness ? skip : max(skip, alike + best[(row + 1) * width + column + 1])
            }
        }
        var pairs: [Pair] = []
        var row = 0, column = 0
        while row < gone.count, column < come.count {
            let alike = likeness[row * come.count + column]
            let here = best[row * width + column]
            if alike >= leastLikeness, here == alike + best[(row + 1) * width + column + 1] {
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

    /// The share of words that two lines have in common, blanks aside.
    private static func alike(_ one: Set<ArraySlice<UInt8>>, _ other: Set<ArraySlice<UInt8>>) -> Double {
        let common = one.intersection(other).count { !$0.allSatisfy(ByteClass.isSpace) }
        let all = one.union(other).count { !$0.allSatisfy(ByteClass.isSpace) }
        return all == 0 ? 1 : Double(common) / Double(all)
    }
}

/// Compares two lines word by word.
enum WordDiff {
    /// Lines with more words than this are marked as a whole.
    private static let wordLimit = 20_000

    /// The parts of both lines, in order and without gaps, with what differs marked.
    static func compare(
        _ old: [UInt8], _ oldRange: Range<Int>, _ new: [UInt8], _ newRange: Range<Int>
    ) -> (old: [DiffRow.Word], new: [DiffRow.Word]) {
        let oldWords = words(old, oldRange), newWords = words(new, newRange)
        if oldWords.count > wordLimit || newWords.count > wordLimit {
            return ([DiffRow.Word(range: oldRange, isMarked: true)], [DiffRow.Word(range: newRange, isMarked: true)])
        }
        var numbers: [ArraySlice<UInt8>: Int32] = [:]
        func number(_ word: ArraySlice<UInt8>) -> Int32 {
            if let known = numbers[word] { return known }
            let next = Int32(truncatingIfNeeded: numbers.count)
            numbers[word] = next
            return next
        }
        let oldIDs = oldWords.map { number(old[$0]) }, newIDs = newWords.map { number(new[$0]) }
        let marks = SequenceDiff.marks(oldIDs, newIDs, distinct: numbers.count)
        return (joined(oldWords, marks.removed), joined(newWords, marks.added))
    }

    /// Neighbours that are alike become one part.
    private static func joined(_ words: [Range<Int>], _ marks: [Bool]) -> [DiffRow.Word] {
        var parts: [DiffRow.Word] = []
        for (word, isMarked) in zip(words, marks) {
            if let last = parts.last, last.isMarked == isMarked {
                parts[parts.count - 1] = DiffRow.Word(
                    range: last.range.lowerBound..<word.upperBound, isMarked: isMarked)
            } else {
                parts.append(DiffRow.Word(range: word, isMarked: isMarked))
            }
        }
        return parts
    }

    /// Splits a line into runs of letters and digits, runs of blanks, and single characters of anything else; scripts
    /// that write without spaces (Chinese, Japanese, Thai and their neighbours) are split into characters.
    static func words(_ text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        // Safety: `range` lies inside of the text, and each place is compared with its end before it is read.
        text.withUnsafeBufferPointer { bytes in
            var words: [Range<Int>] = []
            var index = range.lowerBound
            while index < range.upperBound {
                let start = index
                let kind = kind(bytes, &index, range.upperBound)
                if kind != .single {
                    var next = index
                    while next < range.upperBound {
                        var after = next
                        guard self.kind(bytes, &after, range.upperBound) == kind else { break }
                        next = after
                    }
                    index = next
                }
                words.append(start..<index)
            }
            return words
        }
    }

    private enum Kind { case word, blank, single }

    /// The kind of the character at `index`, which moves on to the next one.
    private static func kind(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ end: Int) -> Kind {
        let byte = bytes[index]
        if byte < 0x80 {
            index += 1
            if byte == 0x20 || byte == 0x09 { return .blank }
            return byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") ? .word : .single
        }
        let length = characterLength(bytes, index, end)
        let point = bytes[index..<(index + length)].reduce(UInt32(0)) { $0 << 6 | UInt32($1 & 0x3F) }
        index += length
        // The leading byte's own marker bits, which the fold above kept, lie beyond the bits of its length.
        let scalar = length == 2 ? point & 0x7FF : length == 3 ? point & 0xFFFF : point & 0x1F_FFFF
        return isSpaceless(scalar) || length == 1 || (0x2000...0x206F).contains(scalar) ? .single : .word
    }

    /// How many bytes the character at `index` takes (RFC 3629 3); 1 where the bytes are none.
    private static func characterLength(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ end: Int) -> Int {
        let length =
            switch bytes[index] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        guard index + length <= end else { return 1 }
        return bytes[(index + 1)..<(index + length)].allSatisfy { $0 & 0xC0 == 0x80 } ? length : 1
    }

    private static func isSpaceless(_ point: UInt32) -> Bool {
        switch point {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0x312F, 0x3190...0x9FFF, 0xF900...0xFAFF,
            0xFF00...0xFF65, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}

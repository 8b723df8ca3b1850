import CXXHash

/// Gives equal lines equal numbers.
struct LineInterner {
    /// Where a line was first seen: its hash, side and place.
    private struct Known {
        let hash: UInt64
        let number: Int32
        let key: Range<Int>
        let isOld: Bool
    }

    private let options: LineDiff.Options
    /// Open addressing over more than twice the number of lines; -1 marks a free place.
    private var places: [Int32]
    private var known: [Known] = []

    init(options: LineDiff.Options, capacity: Int) {
        self.options = options
        var size = 64
        while size < capacity * 2 { size *= 2 }
        places = [Int32](repeating: -1, count: size)
        known.reserveCapacity(capacity)
    }

    var count: Int { known.count }

    /// The numbers of both texts' lines.
    mutating func intern(
        _ old: [UInt8], _ oldLines: LineIndex, _ new: [UInt8], _ newLines: LineIndex
    ) -> (old: [Int32], new: [Int32]) {
        let oldKeys = keys(old, oldLines), newKeys = keys(new, newLines)
        // Safety: the ranges are those of the same texts' lines, and no pointer leaves the closures.
        return oldKeys.text.withUnsafeBufferPointer { oldText in
            newKeys.text.withUnsafeBufferPointer { newText in
                let oldIDs = (0..<oldKeys.lines.count).map { number(oldKeys.lines.range($0), true, oldText, newText) }
                let newIDs = (0..<newKeys.lines.count).map { number(newKeys.lines.range($0), false, oldText, newText) }
                return (oldIDs, newIDs)
            }
        }
    }

    private mutating func number(
        _ key: Range<Int>, _ isOld: Bool, _ old: UnsafeBufferPointer<UInt8>, _ new: UnsafeBufferPointer<UInt8>
    ) -> Int32 {
        let line = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(isOld ? old : new)[key])
        let hash = XXH3_64bits(line.baseAddress, line.count)
        var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
        while places[place] >= 0 {
            let other = known[Int(places[place])]
            if other.hash == hash, other.key.count == line.count {
                let text = UnsafeRawBufferPointer(other.isOld ? old : new)
                if line.elementsEqual(UnsafeRawBufferPointer(rebasing: text[other.key])) { return other.number }
            }
            place = (place + 1) & (places.count - 1)
        }
        let number = Int32(truncatingIfNeeded: known.count)
        known.append(Known(hash: hash, number: number, key: key, isOld: isOld))
        places[place] = number
        return number
    }

    /// The lines as they count: as they are, or without blanks, or in lower case.
    private func keys(_ text: [UInt8], _ lines: LineIndex) -> (text: [UInt8], lines: LineIndex) {
        if !options.ignoreWhitespace, !options.ignoreCase { return (text, lines) }
        var parts: [ArraySlice<UInt8>] = []
        parts.reserveCapacity(lines.count)
        for line in 0..<lines.count {
            var key = text[lines.range(line)]
            if options.ignoreWhitespace { key.removeAll { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
            parts.append(options.ignoreCase ? Lines.folded(key)[...] : key)
        }
        let joined = Lines.joined(parts)
        return (joined, LineIndex(joined))
    }
}

import Glibc

/// The places of a text's lines; `\n` alone ends a line.
package struct LineIndex: Sendable {
    /// Where each line begins, and one place behind the last line's end.
    @usableFromInline
    private(set) package var starts: [Int]

    package init(_ text: [UInt8]) {
        starts = [0]
        text.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            var index = 0
            // Safety: what is looked through begins at `index`, ends with the text, and is not kept.
            while index < bytes.count, let hit = memchr(base + index, Int32(UInt8.lineEnd), bytes.count - index) {
                index = UnsafeRawPointer(hit) - UnsafeRawPointer(base) + 1
                starts.append(index)
            }
        }
        starts.append(text.count + 1)
    }

    @inlinable
    package var count: Int { starts.count - 1 }

    /// The line without its line end.
    @inlinable
    package func range(_ line: Int) -> Range<Int> { starts[line]..<(starts[line + 1] - 1) }

    /// Which line holds the byte at `place`.
    package func line(at place: Int) -> Int {
        var low = 0, high = count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= place { low = middle } else { high = middle - 1 }
        }
        return low
    }
}

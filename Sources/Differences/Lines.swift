/// Small operations on texts as bytes with `\n` between lines.
package enum Lines {
    package static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: .lineEnd, omittingEmptySubsequences: false)
    }

    package static func joined(_ lines: [ArraySlice<UInt8>]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(lines.reduce(0) { $0 + $1.count + 1 })
        for (index, line) in lines.enumerated() {
            if index > 0 { text.append(.lineEnd) }
            text.append(contentsOf: line)
        }
        return text
    }

    /// Without the white space of ASCII at its ends.
    package static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line.drop { $0.isBlank }
        while let last = line.last, last.isBlank { line.removeLast() }
        return line
    }

    /// A key that is the same for lines that differ in case only.
    package static func folded(_ line: ArraySlice<UInt8>) -> [UInt8] {
        if line.allSatisfy({ $0 < 0x80 }) { return line.map { $0.lowercased } }
        return Array(String(decoding: line, as: UTF8.self).lowercased().utf8)
    }
}

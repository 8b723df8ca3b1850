import Glibc

/// How likely bytes are in one language written in a charset of one byte per letter.
///
/// Four things count: how often a letter is used, whether it stands beside letters of its own script, whether capitals
/// come first, and that signs are the same few everywhere. What the charset does not have, or only as a control
/// character, is next to impossible.
struct LetterModel: Sendable {
    let charset: String
    private let isLatin: Bool
    /// For each byte from 0x80 what it is.
    private let cells: [Cell]

    private struct Cell {
        var shape: Shape
        /// The logarithm of how often it is used.
        var frequency: Double
    }

    /// What a byte is, for its neighbours.
    private enum Shape {
        case other, closing, ascii, asciiCapital, small, capital

        var isLetter: Bool { self != .other && self != .closing }
    }

    /// Signs that end something: before a word they are letters of another charset, as `Ά` of Greek ones.
    private static let closing: Set<Unicode.Scalar> = ["’", "”", "»", "…"]

    static let all: [LetterModel] = WrittenLanguage.all.flatMap { language in
        language.charsets.map { LetterModel($0, language) }
    }

    private init(_ charset: String, _ language: WrittenLanguage) {
        self.charset = charset
        isLatin = language.isLatin
        // With line ends between them no byte is joined to the next, as some charsets join marks to letters.
        let bytes = (UInt8(0x80)...0xFF).flatMap { [$0, ByteClass.newline] }
        let lines = CharsetDecoder.utf8(bytes[...], from: charset)
            .split(separator: ByteClass.newline, omittingEmptySubsequences: false)
        let letters = language.frequencies
        cells = lines.prefix(128).map { line in
            let scalars = String(decoding: line, as: UTF8.self).unicodeScalars
            guard let scalar = scalars.first, scalars.count == 1, scalar != "\u{FFFD}", scalar.value >= 0xA0 else {
                return Cell(shape: .other, frequency: log(1e-6))
            }
            if let frequency = letters[scalar] { return Cell(shape: .small, frequency: log(frequency)) }
            let small = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
            if small != scalar, let frequency = letters[small] {
                return Cell(shape: .capital, frequency: log(frequency))
            }
            if let frequency = language.signs[scalar] {
                return Cell(shape: Self.closing.contains(scalar) ? .closing : .other, frequency: log(frequency))
            }
            return Cell(shape: scalar.properties.isAlphabetic ? .small : .other, frequency: log(1e-4))
        }
    }

    /// The logarithm of how likely the bytes beyond ASCII in `sample` are.
    func likelihood(of sample: ArraySlice<UInt8>) -> Double {
        guard cells.count == 128 else { return -.infinity }
        var sum = 0.0
        var before = Shape.other
        for (index, byte) in zip(sample.indices, sample) {
            let shape = shape(of: byte)
            defer { before = shape }
            guard byte >= 0x80 else { continue }
            let after = index + 1 < sample.endIndex ? self.shape(of: sample[index + 1]) : .other
            sum += cells[Int(byte) - 0x80].frequency
            switch shape {
            case .closing: if !before.isLetter, after.isLetter { sum += Self.misplaced }
            case .small, .capital: sum += neighbour(before) + neighbour(after) + capital(shape, after: before)
            case .other, .ascii, .asciiCapital: break
            }
        }
        return sum
    }

    private func shape(of byte: UInt8) -> Shape {
        if byte >= 0x80 { return cells[Int(byte) - 0x80].shape }
        guard ByteClass.isLetter(byte) else { return .other }
        return byte & 0x20 == 0 ? .asciiCapital : .ascii
    }

    /// Latin letters beyond ASCII stand alone among others mostly; those of other scripts never stand beside ASCII's.
    private func neighbour(_ shape: Shape) -> Double {
        switch shape {
        case .other, .closing: Self.beside.none
        case .ascii, .asciiCapital: isLatin ? Self.beside.latin : Self.beside.foreign
        case .small, .capital: isLatin ? Self.beside.rare : Self.beside.own
        }
    }

    /// A capital after a small letter is not how anybody writes.
    private func capital(_ shape: Shape, after before: Shape) -> Double {
        switch (before, shape) {
        case (.small, .capital), (.ascii, .capital): Self.capitals.within
        case (.capital, .capital), (.asciiCapital, .capital): Self.capitals.continued
        case (_, .capital): Self.capitals.first
        default: 0
        }
    }

    private static let beside = (
        none: log(0.2), latin: log(0.72), foreign: log(0.003), rare: log(0.06), own: log(0.8)
    )
    private static let misplaced = log(0.02)
    private static let capitals = (within: log(0.002), continued: log(0.7), first: log(0.1))
}

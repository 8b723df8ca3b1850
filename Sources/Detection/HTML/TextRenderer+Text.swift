/// The hot part: the page's bytes to the text's bytes.
extension TextRenderer {
    mutating func text(_ start: Int, _ end: Int, isRaw: Bool) {
        if hiddenDepth > 0 {
            if isInTitle, titleRange == nil { titleRange = (start, end) }
            return
        }
        write(source, start, end, isRaw: isRaw)
    }

    /// Writes `bytes[start..<end]`, which may be another text than the source, as visible text.
    ///
    /// Safety: callers give a range inside of `bytes`; no place at or behind `end` is read, and no pointer is kept.
    mutating func write(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, isRaw: Bool) {
        // A visible byte costs itself and perhaps a space before it; no reference is more than twice as long as what it
        // stands for.
        out.reserve(2 * (end - start) + Self.lineSlack)
        if preDepth > 0 { return writePreformatted(bytes, start, end, isRaw: isRaw) }
        var index = start
        while index < end {
            switch byteKinds[bytes[index]] {
            case .plain:
                if owesMore {
                    startLine()
                } else if owesSpace {
                    out.put(ByteClass.space)
                    owesSpace = false
                }
                index = copyRun(bytes, index, end)
            case .space:
                owesSpace = true
                index += 1
            case .ampersand:
                index = isRaw ? putVisible(bytes[index], then: index + 1) : putReference(bytes, index, end)
            case .maybeNoBreakSpace:
                if index + 1 < end, bytes[index + 1] == 0xA0 {
                    owesSpace = true
                    index += 2
                } else {
                    index = putVisible(bytes[index], then: index + 1)
                }
            case .control:
                index += 1
            }
        }
    }

    /// Copies plain bytes, with single spaces between them, and gives the place after them.
    @inline(__always)
    private mutating func copyRun(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = start
        var place = out.count
        let base = out.base
        let kinds = byteKinds
        while index + 8 <= end {
            // Safety: eight bytes are there to read, and `write` has reserved more than twice what is left to read.
            let word = UnsafeRawPointer(bytes.baseAddress! + index).loadUnaligned(as: UInt64.self)
            UnsafeMutableRawPointer(base + place).storeBytes(of: word, as: UInt64.self)
            let length = ByteWord(word).plainPrefix
            place += length
            index += length
            if length < 7 { break }
        }
        guard index < end, kinds[bytes[index]] == .plain else {
            out.count = place
            return index
        }
        while true {
            repeat {
                base[place] = bytes[index]
                place += 1
                index += 1
            } while index < end && kinds[bytes[index]] == .plain
            guard index + 1 < end, bytes[index] == ByteClass.space, kinds[bytes[index + 1]] == .plain else { break }
            base[place] = ByteClass.space
            place += 1
            index += 1
        }
        out.count = place
        return index
    }

    private mutating func putVisible(_ byte: UInt8, then next: Int) -> Int {
        if owesMore {
            startLine()
        } else if owesSpace {
            out.put(ByteClass.space)
            owesSpace = false
        }
        out.put(byte)
        return next
    }

    private mutating func putReference(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        guard let meaning = CharacterReference.read(bytes, at: start, to: end) else {
            return putVisible(bytes[start], then: start + 1)
        }
        put(meaning.first)
        if meaning.second != 0 { put(meaning.second) }
        return start + meaning.length
    }

    /// Writes one code point: white space as such, a no-break space like any other, so that rules for "in stock" find
    /// it.
    private mutating func put(_ point: UInt32) {
        if point == 0xA0, preDepth == 0 {
            owesSpace = true
        } else if point == 0xA0 {
            _ = putVisible(ByteClass.space, then: 0)
        } else if point < 0x80 {
            let byte = UInt8(truncatingIfNeeded: point)
            switch byteKinds[byte] {
            case .space where preDepth == 0: owesSpace = true
            case .control: break
            default: _ = putVisible(byte, then: 0)
            }
        } else if let scalar = Unicode.Scalar(point) {
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { _ = putVisible(byte, then: 0) }
        }
    }

    private mutating func writePreformatted(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, isRaw: Bool)
    {
        var index = start
        while index < end {
            let byte = bytes[index]
            if owesMore { startLine() }
            if byte == ByteClass.newline || byte == ByteClass.carriageReturn {
                let isPair =
                    byte == ByteClass.carriageReturn && index + 1 < end && bytes[index + 1] == ByteClass.newline
                out.put(ByteClass.newline)
                index += isPair ? 2 : 1
            } else if byte == UInt8(ascii: "&"), !isRaw {
                index = putReference(bytes, index, end)
            } else if byte == 0xC2, index + 1 < end, bytes[index + 1] == 0xA0 {
                index = putVisible(ByteClass.space, then: index + 2)
            } else {
                if byte == ByteClass.tab || byteKinds[byte] != .control { out.put(byte) }
                index += 1
            }
        }
    }
}

/// Eight bytes that are looked at together.
struct ByteWord {
    private let word: UInt64
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    init(_ word: UInt64) { self.word = UInt64(littleEndian: word) }

    /// How many of the first bytes are plain or single spaces between plain bytes. It ends before a space whose next
    /// byte is not known to be plain, so 7 may mean that all eight are.
    ///
    /// The marks of bytes below a bound or equal to one are exact up to the first that is set, which is all that is
    /// asked of them; those of spaces are exact everywhere (Warren, Hacker's Delight, 6-1).
    @inline(__always)
    var plainPrefix: Int {
        let control = (word &- Self.ones &* 0x20) & ~word
        let special = (control | zeros(0x26) | zeros(0xC2) | zeros(0x7F)) & Self.highs
        let other = word ^ (Self.ones &* 0x20)
        let spaces = ~(((other & ~Self.highs) &+ ~Self.highs) | other | ~Self.highs)
        // A space counts when a plain byte follows; for the last one that is not known.
        let stops = special | (spaces & ((special | spaces) >> 8 | 0x80 << 56))
        return stops.trailingZeroBitCount >> 3
    }

    @inline(__always)
    private func zeros(_ byte: UInt64) -> UInt64 {
        let other = word ^ (Self.ones &* byte)
        return (other &- Self.ones) & ~other
    }
}

/// What the renderer does with each byte.
///
/// Safety: the memory is filled once, never written again and never freed.
struct ByteKinds: @unchecked Sendable {
    enum Kind: UInt8 { case plain, space, ampersand, maybeNoBreakSpace, control }

    static let table = ByteKinds()
    private let kinds: UnsafeMutablePointer<Kind>

    private init() {
        kinds = .allocate(capacity: 256)
        for value in 0..<256 {
            let byte = UInt8(value)
            let kind: Kind =
                if ByteClass.isSpace(byte) { .space } else if byte == UInt8(ascii: "&") {
                    .ampersand
                } else if byte == 0xC2 {
                    .maybeNoBreakSpace
                } else if byte < 0x20 || byte == 0x7F { .control } else { .plain }
            (kinds + value).initialize(to: kind)
        }
    }

    @inline(__always)
    subscript(byte: UInt8) -> Kind { kinds[Int(byte)] }
}

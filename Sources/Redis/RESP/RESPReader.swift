package import NIOCore

/// How much one answer may hold; a server that sends more is not listened to any further.
package struct RESPLimits: Sendable {
    /// Of all its strings together.
    package var maxBytes = 16_000_000
    /// Of all its lists together.
    package var maxElements = 65_536
    /// Lists within lists; those of streams are four deep.
    package var maxDepth = 8

    package init() {}
}

/// Takes values of Redis's protocol out of a stream of bytes, bounded in size, count and depth.
///
///     between values ──"*n"──► in a list (of a list …) ──n elements──► between values, or in the list around it
///
/// It remembers the lists that it is in, so that bytes are looked at once however the stream is cut.
package struct RESPReader: Sendable {
    /// The longest line that is waited for; longer ones are no lines.
    private static let maxLine = 65_536

    private struct Open {
        var missing: Int
        var elements: [RESPValue] = []
    }

    private let limits: RESPLimits
    private var open: [Open] = []
    private var bytesTaken = 0
    private var elementsPromised = 0

    package init(_ limits: RESPLimits) {
        self.limits = limits
    }

    /// The next value, taken from `bytes`; nil when it has not come in whole yet.
    package mutating func next(_ bytes: inout ByteBuffer) throws(LinkFailure) -> RESPValue? {
        while let step = try step(&bytes) {
            guard var value = step.value else { continue }
            while let last = open.indices.last {
                open[last].elements.append(value)
                open[last].missing -= 1
                guard open[last].missing == 0 else { break }
                value = .array(open.removeLast().elements)
            }
            guard open.isEmpty else { continue }
            (bytesTaken, elementsPromised) = (0, 0)
            return value
        }
        return nil
    }

    /// A value that is no list, or a list that was begun, which has none yet.
    private struct Step {
        var value: RESPValue?
    }

    private mutating func step(_ bytes: inout ByteBuffer) throws(LinkFailure) -> Step? {
        guard let end = try endOfLine(bytes), let kind = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else {
            return nil
        }
        let line = bytes.readerIndex + 1..<end
        switch kind {
        case UInt8(ascii: "$"):
            guard let value = try bulk(number(bytes, line), after: end + 2, &bytes) else { return nil }
            return Step(value: value)
        case UInt8(ascii: "*"):
            let value = try list(number(bytes, line))
            bytes.moveReaderIndex(to: end + 2)
            return Step(value: value)
        case UInt8(ascii: ":"):
            let value = RESPValue.integer(try number(bytes, line))
            bytes.moveReaderIndex(to: end + 2)
            return Step(value: value)
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            try count(bytes: line.count)
            let text = bytes.getString(at: line.lowerBound, length: line.count) ?? ""
            bytes.moveReaderIndex(to: end + 2)
            return Step(value: kind == UInt8(ascii: "+") ? .simple(text) : .error(RedisError(text)))
        default: throw .malformed("no Redis")
        }
    }

    /// Where the line that begins the next value ends, before its line break; nil when that has not come yet.
    private func endOfLine(_ bytes: ByteBuffer) throws(LinkFailure) -> Int? {
        guard let end = bytes.readableBytesView.prefix(Self.maxLine + 1).firstIndex(of: 0x0D) else {
            guard bytes.readableBytes <= Self.maxLine else { throw .malformed("no Redis") }
            return nil
        }
        guard let next = bytes.getInteger(at: end + 1, as: UInt8.self) else { return nil }
        guard next == 0x0A, end > bytes.readerIndex else { throw .malformed("no Redis") }
        return end
    }

    private mutating func bulk(
        _ size: Int, after start: Int, _ bytes: inout ByteBuffer
    ) throws(LinkFailure) -> RESPValue? {
        guard size >= 0 else {
            bytes.moveReaderIndex(to: start)
            return .null
        }
        guard size <= limits.maxBytes - bytesTaken else { throw tooLarge }
        guard bytes.writerIndex - start >= size + 2, let body = bytes.getSlice(at: start, length: size) else {
            return nil
        }
        guard bytes.getInteger(at: start + size, as: UInt16.self) == 0x0D0A else {
            throw .malformed("a length is wrong")
        }
        try count(bytes: size)
        bytes.moveReaderIndex(to: start + size + 2)
        return .bulk(body)
    }

    /// Begins a list; an empty one is a value at once.
    private mutating func list(_ count: Int) throws(LinkFailure) -> RESPValue? {
        guard count >= 0 else { return .null }
        guard count <= limits.maxElements - elementsPromised else {
            throw .malformed("an answer has too many elements")
        }
        guard open.count < limits.maxDepth else { throw .malformed("nested too deep") }
        guard count > 0 else { return .array([]) }
        elementsPromised += count
        open.append(Open(missing: count))
        return nil
    }

    private var tooLarge: LinkFailure { .malformed("an answer is larger than \(limits.maxBytes) bytes") }

    private mutating func count(bytes size: Int) throws(LinkFailure) {
        guard size <= limits.maxBytes - bytesTaken else { throw tooLarge }
        bytesTaken += size
    }

    private func number(_ bytes: ByteBuffer, _ line: Range<Int>) throws(LinkFailure) -> Int {
        var digits = bytes.readableBytesView[line]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard (1...19).contains(digits.count) else { throw .malformed("no number") }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { throw .malformed("no number") }
            // Counted below zero, where there is one number more.
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (next, isStillTooLarge) = tens.subtractingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !isTooLarge, !isStillTooLarge else { throw .malformed("no number") }
            number = next
        }
        guard isNegative || number != Int.min else { throw .malformed("no number") }
        return isNegative ? number : -number
    }
}

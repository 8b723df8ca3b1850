/// Walks through a filter of jq word by word, past texts and comments, into what texts compute.
struct JQWords {
    private static let text = UInt8(ascii: "\""), computed = UInt8(ascii: "\\")
    private let bytes: [UInt8]
    private var index = 0
    /// What is open: brackets, texts, and places inside of texts that compute something.
    private var open: [UInt8] = []
    /// Every bracket and text that was closed was open, and was closed by its like.
    private var fits = true

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Once `next` has no more: brackets and texts are closed as they were opened, so the filter can stand in another.
    var isClosed: Bool { fits && open.isEmpty }

    /// Where the next word stands; nil at the end.
    mutating func next() -> Range<Int>? {
        while index < bytes.count {
            let byte = bytes[index]
            if open.last == Self.text {
                passText(byte)
            } else if byte == UInt8(ascii: "#") {
                while index < bytes.count, bytes[index] != ByteClass.newline { index += 1 }
            } else if Self.isWord(byte) {
                let start = index
                while index < bytes.count, Self.isWord(bytes[index]) || ByteClass.isDigit(bytes[index]) { index += 1 }
                return start..<index
            } else {
                passMark(byte)
            }
        }
        return nil
    }

    private mutating func passText(_ byte: UInt8) {
        index += 1
        if byte == Self.text {
            open.removeLast()
        } else if byte == UInt8(ascii: "\\") {
            if index < bytes.count, bytes[index] == UInt8(ascii: "(") { open.append(Self.computed) }
            index += 1
        }
    }

    private mutating func passMark(_ byte: UInt8) {
        index += 1
        switch byte {
        case Self.text, UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): open.append(byte)
        case UInt8(ascii: ")"): close([UInt8(ascii: "("), Self.computed])
        case UInt8(ascii: "]"): close([UInt8(ascii: "[")])
        case UInt8(ascii: "}"): close([UInt8(ascii: "{")])
        default: break
        }
    }

    private mutating func close(_ openers: [UInt8]) {
        if let last = open.last, openers.contains(last) {
            open.removeLast()
        } else {
            fits = false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool { ByteClass.isLetter(byte) || byte == UInt8(ascii: "_") }
}

/// How many bytes of memory it takes to read a page in one way or another, at most for a page of its kind.
///
/// The numbers are measured; a test in a process of its own holds them against what pages of small elements take.
enum PageCost {
    /// Body, UTF-8, text, and the text of the step after.
    static let copies = 4
    /// A node of the flat tree, as much as `MarkupTree.Node`.
    static let node = 64
    static let attribute = 16
    /// A node of libxml2's copy, with its text.
    static let copiedNode = 144
    /// What a selector that finds every node has found, and says of it.
    static let match = 96
    /// A value of a sequence of XPath's newer versions, with its text.
    static let item = 64
    /// A line of one of two texts that are compared: its place, its number, its row.
    static let line = 128
    /// A value of a JSON document, or the key of one.
    static let value = 112
    /// The same inside of jq, which has each twice while a filter runs.
    static let jqValue = 160
    /// The pixels of a picture: in the process that decodes it (eight bytes each), as its output, and here.
    static let pixel = 8 + 3 + 3
    /// Poppler's own, before the first page.
    static let poppler = 48 << 20
    static let popplerPerByte = 8

    /// How many of these bytes there are; a gigabyte takes less than half a second.
    static func count(_ marks: [UInt8], in body: [UInt8]) -> Int {
        var isMark = [UInt8](repeating: 0, count: 256)
        for mark in marks { isMark[Int(mark)] = 1 }
        // Safety: both are read inside of their bounds: a byte is an index below 256.
        return isMark.withUnsafeBufferPointer { isMark in
            body.withUnsafeBufferPointer { body in
                var count = 0
                for byte in body { count &+= Int(isMark[Int(byte)]) }
                return count
            }
        }
    }
}

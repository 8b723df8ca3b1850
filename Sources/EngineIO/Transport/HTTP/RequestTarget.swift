/// The parts of a request's target that the engine looks at; also of a namespace's name that carries a query.
package struct RequestTarget {
    package let path: Substring
    package let query: [(name: String, value: String)]

    /// The most pairs taken from one query.
    private static let maxPairs = 100

    package init(_ uri: String) {
        let end = uri.firstIndex(of: "?") ?? uri.endIndex
        path = uri[..<end]
        var pairs: [(name: String, value: String)] = []
        if end < uri.endIndex {
            for pair in uri[uri.index(after: end)...].split(separator: "&").prefix(Self.maxPairs) {
                let equals = pair.firstIndex(of: "=") ?? pair.endIndex
                let value = equals < pair.endIndex ? pair[pair.index(after: equals)...] : ""
                pairs.append((Self.decoded(pair[..<equals]), Self.decoded(value)))
            }
        }
        query = pairs
    }

    /// The first value of a key, if it is there.
    subscript(name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// Undoes percent-encoding and `+` for a space; a broken escape stays as it is.
    private static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = hexadecimal(bytes[index + 1]), let low = hexadecimal(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

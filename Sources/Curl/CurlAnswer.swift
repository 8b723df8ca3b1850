/// A whole answer of whatever status.
public struct CurlAnswer: Sendable {
    public let status: Int
    public let headers: CurlHeaders
    /// After content decoding.
    public let body: [UInt8]
    /// The cookies known after this answer, for the next transfer of the same chain.
    public let cookies: [String]
    /// 1 for HTTP/1.0 and 1.1, 2 or 3.
    public let httpMajor: Int
    /// What `body` is counted by as long as somebody keeps this; nil for an empty one.
    public let share: BodyAllowance.Share?
}

/// The header lines of one answer, kept as they came and read on demand.
public struct CurlHeaders: Sendable {
    /// The lines with their ends, without the status line.
    let bytes: [UInt8]

    /// The value of the first field with `name` in any case, without blanks around it; nil when there is none.
    ///
    /// Bytes that are not UTF-8 are replaced.
    public subscript(name: String) -> String? {
        var first: String?
        forEach(name) { value in
            first = value
            return false
        }
        return first
    }

    /// Calls `body` with the value of each field with `name`, in order, until it says no.
    func forEach(_ name: String, _ body: (String) -> Bool) {
        let wanted = Array(name.utf8)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let line = bytes[start..<end]
            if let colon = line.firstIndex(of: 0x3A), colon - start == wanted.count,
                zip(line, wanted).allSatisfy({ Self.lower($0) == Self.lower($1) })
            {
                guard body(Self.trimmed(line[(colon + 1)...])) else { return }
            }
            start = end + 1
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    private static func trimmed(_ value: ArraySlice<UInt8>) -> String {
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        guard let first = value.firstIndex(where: { !blank($0) }), let last = value.lastIndex(where: { !blank($0) })
        else {
            return ""
        }
        return String(decoding: value[first...last], as: UTF8.self)
    }
}

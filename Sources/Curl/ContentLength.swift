/// Whether an answer says one thing about how long its body is (RFC 9110, 8.6; RFC 9112, 6.3).
///
/// libcurl takes the last of several lengths and leaves out one that is too large for it; either way a page cut in the
/// middle, or two answers run together by somebody on the way, would be taken for the whole page.
enum ContentLength {
    /// What is wrong with the lengths that `headers` name; nil when they name none, or one, however often.
    static func problem(in headers: CurlHeaders) -> String? {
        var known: Int?
        var problem: String?
        headers.forEach("Content-Length") { value in
            for entry in value.split(separator: ",", omittingEmptySubsequences: false) {
                problem = take(entry, &known)
                if problem != nil { return false }
            }
            return true
        }
        // The pieces say where the body ends, whatever the length says.
        if problem != nil, headers["Transfer-Encoding"] != nil { return nil }
        return problem
    }

    private static func take(_ entry: Substring, _ known: inout Int?) -> String? {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var digits = entry.utf8.drop(while: isBlank)
        while let last = digits.last, isBlank(last) { digits.removeLast() }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(Substring(digits))
        else { return "it gives \(entry.prefix(40)) as its length, which is not a number" }
        if let known, known != length { return "it gives two lengths, \(known) and \(length)" }
        known = length
        return nil
    }
}

/// Cuts what a trace quotes of rules and pages, and keeps secrets out of it.
///
/// A trace is kept for every check and shown in more places than the page itself, so what looks like a login in an
/// address, or like the value of a key or password, is replaced by `…`.
public enum TraceText {
    /// The most characters of a rule, and of a line, that are quoted.
    public static let ruleLength = 120
    public static let sampleLength = 120
    /// The most rules that one step names.
    public static let rulesPerStep = 20
    /// The most bytes of quoted text in one trace; what does not fit is counted only.
    public static let bytesPerTrace = 3000

    /// A rule as a person typed it.
    public static func rule(_ text: String) -> String {
        cut(
            withoutLogins(Array(text.utf8.prefix(ruleLength * 8))), to: ruleLength,
            isWhole: text.utf8.count <= ruleLength * 8)
    }

    /// A line of a page, or the value that a condition looked at.
    public static func sample(_ text: some Collection<UInt8>) -> String {
        // A character may be long, but a line of nothing else is not worth more.
        let most = sampleLength * 8
        let part = withoutSecrets(withoutLogins(Array(text.prefix(most))))
        return cut(part, to: sampleLength, isWhole: text.count <= most)
    }

    private static func cut(_ bytes: [UInt8], to length: Int, isWhole: Bool) -> String {
        var scalars = String.UnicodeScalarView()
        var count = 0
        var isCut = !isWhole
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if count == length {
                isCut = true
                break
            }
            // One line of plain text, whatever a page contains.
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl ? " " : scalar)
            count += 1
        }
        return String(scalars) + (isCut ? "…" : "")
    }

    private static let hidden = Array("…".utf8)

    /// Without `user:password@` in addresses (RFC 3986 3.2.1).
    private static func withoutLogins(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array("://".utf8)
        guard bytes.contains(UInt8(ascii: "@")), bytes.firstRange(of: mark) != nil else { return bytes }
        var result: [UInt8] = []
        var rest = bytes[...]
        while let start = rest.firstRange(of: mark) {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            let host = rest.prefix { $0 > 0x20 && !Array("/?#\"'<>".utf8).contains($0) }
            if let at = host.lastIndex(of: UInt8(ascii: "@")) {
                result += hidden
                rest = rest[at...]
            }
        }
        return result + rest
    }

    private static let secretNames = [
        "password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "authorization", "cookie", "session",
        "sessionid", "signature",
    ].map { Array($0.utf8) }

    /// With `…` for the value behind `password=`, `"api_key": ` and their like.
    private static func withoutSecrets(_ bytes: [UInt8]) -> [UInt8] {
        let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        guard secretNames.contains(where: { lower.firstRange(of: $0) != nil }) else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "=") || bytes[index] == UInt8(ascii: ":"), isSecret(lower[..<index])
            else {
                result.append(bytes[index])
                index += 1
                continue
            }
            // `Authorization: Bearer …`: a header's value goes to its end, others to the next space.
            let isHeader = bytes[index] == UInt8(ascii: ":")
            result.append(bytes[index])
            index += 1
            while index < bytes.count, bytes[index] == 0x20 || bytes[index] == UInt8(ascii: "\"") {
                result.append(bytes[index])
                index += 1
            }
            let ends = Array((isHeader ? "\",}<" : " \"'&;,}<").utf8)
            let start = index
            while index < bytes.count, !ends.contains(bytes[index]) { index += 1 }
            if index > start { result += hidden }
        }
        return result
    }

    private static func isSecret(_ before: ArraySlice<UInt8>) -> Bool {
        var name = before
        while let last = name.last, last == 0x20 || last == UInt8(ascii: "\"") || last == UInt8(ascii: "'") {
            name.removeLast()
        }
        return secretNames.contains { name.count >= $0.count && name.suffix($0.count).elementsEqual($0) }
    }
}

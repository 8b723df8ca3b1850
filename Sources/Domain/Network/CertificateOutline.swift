/// Whether bytes have the outline of an X.509 certificate (RFC 5280, 4.1) in DER (X.690).
///
/// Only the outline, so that a page can say at once that something else was pasted; whether the certificate is good
/// is for the library that connects. Never reads beyond what it was given, and goes three levels deep at most.
enum CertificateOutline {
    /// The tags that are met: SEQUENCE, INTEGER, BIT STRING and the version, [0].
    private static let (sequence, integer, bits, version): (UInt8, UInt8, UInt8, UInt8) = (0x30, 0x02, 0x03, 0xA0)

    static func isCertificate(_ bytes: [UInt8]) -> Bool {
        guard let whole = elements(bytes[...]), whole.count == 1, whole[0].tag == sequence,
            let parts = elements(whole[0].content), parts.map(\.tag) == [sequence, sequence, bits],
            var fields = elements(parts[0].content)
        else { return false }
        if fields.first?.tag == version { fields.removeFirst() }
        // Serial number, algorithm, issuer, validity, subject, public key; then what is optional.
        guard fields.count >= 6, fields.prefix(6).map(\.tag) == [integer] + Array(repeating: sequence, count: 5),
            let dates = elements(fields[3].content)
        else { return false }
        // UTCTime or GeneralizedTime.
        return dates.count == 2 && dates.allSatisfy { [0x17, 0x18].contains($0.tag) }
    }

    /// The elements that fill `bytes` exactly; nil when they do not, or a length is not written in the one way DER has.
    private static func elements(_ bytes: ArraySlice<UInt8>) -> [(tag: UInt8, content: ArraySlice<UInt8>)]? {
        var found: [(tag: UInt8, content: ArraySlice<UInt8>)] = []
        var rest = bytes
        while let tag = rest.popFirst() {
            guard let length = length(&rest), length <= rest.count else { return nil }
            found.append((tag, rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return found
    }

    private static func length(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = rest.popFirst() else { return nil }
        if first < 0x80 { return Int(first) }
        let count = Int(first & 0x7F)
        guard (1...3).contains(count), rest.count >= count else { return nil }
        let value = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(count)
        return value < 0x80 ? nil : value
    }
}

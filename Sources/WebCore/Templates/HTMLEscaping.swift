import Mustache

/// Makes text safe between tags and inside quoted attributes.
///
/// Works on UTF-8 bytes: an escaper that goes by Swift's `Character` does not see a quote that is followed by a
/// combining mark, because both are one character to it, and a hostile title can then leave its attribute.
public enum HTMLEscaping {
    /// What stands for `byte`, or nil when it stands for itself.
    @inline(__always)
    @inlinable
    static func replacement(_ byte: UInt8) -> StaticString? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }

    /// Appends `text`, escaped, to `bytes`; inlinable, since a page of the largest texts goes through it byte by byte.
    @inlinable
    public static func append(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        for byte in text {
            if let replacement = replacement(byte) {
                replacement.withUTF8Buffer { bytes.append(contentsOf: $0) }
            } else {
                bytes.append(byte)
            }
        }
    }

    /// `text`, escaped.
    public static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { replacement($0) != nil }) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 32)
        append(text.utf8, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The content type that every template of ours declares, so that Mustache escapes with `HTMLEscaping` and not with its
/// own.
struct StrictHTML: MustacheContentType {
    static let name = "STRICT_HTML"

    /// Known to Mustache before the first template is read: whoever reads templates touches this first.
    static let registered: Void = MustacheContentTypes.register(StrictHTML(), named: name)

    func escapeText(_ text: String) -> String {
        HTMLEscaping.escape(text)
    }
}

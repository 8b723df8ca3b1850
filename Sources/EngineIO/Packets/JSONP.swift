import NIOCore
import NIOHTTP1

/// Long polling through script elements and forms, for browsers that know no other way.
enum JSONP {
    /// The digits of the parameter `j`, which name the function to call; whatever else is in it could be a program.
    static func digits(_ parameter: String) -> String {
        String(
            decoding: parameter.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.prefix(20),
            as: UTF8.self)
    }

    /// Whether a request may be answered with a script: not when a page of another site asked for it.
    static func isAllowed(_ headers: HTTPHeaders, _ origins: OriginPolicy) -> Bool {
        if case .any = origins { return true }
        if let site = headers.first(name: "sec-fetch-site") { return site == "same-origin" || site == "none" }
        return FetchMetadata.comesFromAllowedPage(headers, origins)
    }

    /// The script that hands `payload` to the page.
    static func script(_ payload: ByteBuffer, digits: String) -> ByteBuffer {
        var text = ByteBuffer()
        text.writeString("___eio[\(digits)](")
        text.writeString(JSONText.quoted(String(buffer: payload), forScript: true))
        text.writeString(");")
        return text
    }

    /// The payload in a form's body, `d=…`; nil when there is none.
    ///
    /// A newline travels as `\n` and the two characters `\n` as `\\n`, because forms would change real newlines.
    static func payload(of form: ByteBuffer) -> ByteBuffer? {
        let pairs = RequestTarget("?" + String(buffer: form)).query
        guard let text = pairs.first(where: { $0.name == "d" })?.value else { return nil }
        var result = ByteBuffer()
        var bytes = Array(text.utf8)[...]
        let (backslash, letter) = (UInt8(ascii: "\\"), UInt8(ascii: "n"))
        while let byte = bytes.popFirst() {
            if byte == backslash, bytes.first == letter {
                bytes.removeFirst()
                result.writeInteger(UInt8(ascii: "\n"))
            } else if byte == backslash, bytes.first == backslash, bytes.dropFirst().first == letter {
                bytes.removeFirst(2)
                result.writeBytes([backslash, letter])
            } else {
                result.writeInteger(byte)
            }
        }
        return result
    }
}

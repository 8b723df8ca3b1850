import CLibXML2
import Domain

/// An XPath 1.0 expression that libxml2 can evaluate.
///
/// Kept as text: libxml2 writes into a compiled expression while evaluating it, so one cannot be shared by threads, and
/// compiling takes microseconds.
struct XPathExpression: Sendable {
    let source: String
    /// Longer expressions are refused, since libxml2 reads them recursively.
    private static let lengthLimit = 5000

    init(_ source: String) throws(SelectorError) {
        self.source = source
        guard source.utf8.count <= Self.lengthLimit else {
            throw SelectorError(message: "it is longer than \(Self.lengthLimit) characters")
        }
        guard !source.allSatisfy(\.isWhitespace) else { throw SelectorError(message: "it is empty") }
        if let name = Self.unknownFunction(in: source) {
            throw SelectorError(message: "'\(name)()' is not a function of XPath 1.0")
        }
        Self.prepareLibrary
        guard let context = xmlXPathNewContext(nil) else { throw SelectorError(message: "out of memory") }
        defer { xmlXPathFreeContext(context) }
        context.pointee.error = { _, _ in }
        // Nothing binds a variable in XPath 1.0.
        context.pointee.flags = XML_XPATH_NOVAR
        guard let compiled = xmlXPathCtxtCompile(context, source) else {
            throw SelectorError(message: XPathError(context.pointee.lastError).words)
        }
        xmlXPathFreeCompExpr(compiled)
    }

    /// libxml2 wants to be set up by one thread before others use it.
    static let prepareLibrary: Void = xmlInitParser()

    /// The attributes that the expression can ask for, by name; nil when it may ask for any.
    var attributeNames: Set<String>? {
        for word in ["attribute", "lang", "node()", "@*", "@ ", "::*"] where source.contains(word) { return nil }
        var names: Set<String> = []
        for part in source.split(separator: "@", omittingEmptySubsequences: false).dropFirst() {
            let name = part.prefix { $0.isLetter || $0.isNumber || "-_.:".contains($0) }
            guard !name.isEmpty else { return nil }
            names.insert(String(name))
        }
        return names
    }

    private static let functions: Set<String> = [
        "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat", "starts-with",
        "contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space", "translate",
        "boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round", "text", "node",
        "comment",
        "processing-instruction", "and", "or", "div", "mod",
    ]

    /// Whether it calls a function with a prefix, as EXSLT's have.
    static func callsExtension(_ source: String) -> Bool { unknownFunction(in: source)?.contains(":") ?? false }

    /// The first name before a bracket that XPath 1.0 does not have; texts in quotes are passed over.
    private static func unknownFunction(in source: String) -> String? {
        let bytes = Array(source.utf8)
        var index = 0
        var name: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x22 || byte == 0x27 {
                index += 1
                while index < bytes.count, bytes[index] != byte { index += 1 }
                name = []
            } else if ByteClass.isLetter(byte) || ByteClass.isDigit(byte) || "-_:.".utf8.contains(byte) || byte >= 0x80
            {
                name.append(byte)
            } else if ByteClass.isSpace(byte), isFollowedByBracket(bytes, index) {
                // A blank between a name and its bracket is allowed.
            } else {
                if byte == UInt8(ascii: "("), !name.isEmpty {
                    let whole = String(decoding: name, as: UTF8.self)
                    // What stands before the function belongs to an axis.
                    let last = whole.components(after: "::")
                    if !functions.contains(last) { return last }
                }
                name = []
            }
            index += 1
        }
        return nil
    }

    private static func isFollowedByBracket(_ bytes: [UInt8], _ index: Int) -> Bool {
        bytes[index...].first { !ByteClass.isSpace($0) } == UInt8(ascii: "(")
    }
}

extension String {
    /// What follows the last `separator`, or all of it.
    fileprivate func components(after separator: String) -> String {
        var rest = self[...]
        while let range = rest.firstRange(of: separator) { rest = rest[range.upperBound...] }
        return String(rest)
    }
}

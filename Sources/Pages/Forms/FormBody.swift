import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What a browser's form sends (`application/x-www-form-urlencoded`): names and values, the first value of a name
/// counts.
///
/// Never fails: what cannot be decoded is taken as it stands, as browsers' own `URLSearchParams` does.
struct FormBody: Hashable, Sendable {
    /// The largest form: every text field of the edit page at its limit is refused for its length, not for the form's.
    static let mostBytes = 1_048_576

    /// What was sent, by name.
    let values: [String: String]

    init(_ text: [UInt8]) {
        var values: [String: String] = [:]
        for pair in text.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.map({ Self.decoded($0) }), values[name] == nil else { continue }
            values[name] = parts.count > 1 ? Self.decoded(parts[1]) : ""
        }
        self.values = values
    }

    /// Reads the body of `request`; throws 413 when it is too large.
    init(of request: Request) async throws {
        let body = try await request.body.collect(upTo: Self.mostBytes)
        self.init(Array(body.readableBytesView))
    }

    subscript(name: String) -> String? { values[name] }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"):
                result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
                guard rest.count >= 2, digits.count == 2 else { fallthrough }
                result.append(UInt8(digits[0] * 16 + digits[1]))
                rest = rest.dropFirst(2)
            default:
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// Where a form sends a person back to: a path of ours, never another site.
enum ReturnPath {
    /// `path` when it is a plain path below the base, else `/`.
    static func checked(_ path: String?) -> String {
        guard let path, path.utf8.count <= 4_000, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return "/" }
        return path
    }

    /// `path` with word of what was done, for the page to tell.
    static func adding(_ notice: Notice, to path: String) -> String {
        path + (path.contains("?") ? "&" : "?") + "done=\(notice.rawValue)"
    }

    /// `path` without an earlier word of what was done.
    static func withoutNotice(_ path: String) -> String {
        guard let mark = path.firstIndex(of: "?") else { return path }
        let kept = path[path.index(after: mark)...].split(separator: "&").filter { !$0.hasPrefix("done=") }
        return path[..<mark] + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
    }
}

import Crypto
import Foundation
import NIOConcurrencyHelpers

/// Who may look: one name and password, and the sessions of those who have shown them.
///
/// Kept are only codes of both under a key of this process's own; they are compared in constant time, the name too, and
/// both always, so that the time taken tells nothing.
struct AdminLogin: Sendable {
    /// The most sessions that are remembered; the oldest is forgotten first.
    static let maxSessions = 100

    private let key = SymmetricKey(size: .bits256)
    private let name: [UInt8]
    private let password: [UInt8]
    private let sessions = NIOLockedValueBox<[[UInt8]]>([])

    init(name: String, password: String) {
        self.name = Self.code(name, key)
        self.password = Self.code(password, key)
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    private func isCode(_ code: [UInt8], of text: String) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(text.utf8), using: key)
    }

    func admits(name: String, password: String) -> Bool {
        let isName = isCode(self.name, of: name)
        let isPassword = isCode(self.password, of: password)
        return isName && isPassword
    }

    func admits(session: String) -> Bool {
        sessions.withLockedValue { $0 }.reduce(false) { isCode($1, of: session) || $0 }
    }

    /// Makes a session that stands for the name and the password until the process ends.
    func makeSession() -> String {
        // Safety: the bytes are copied as text before the key that lends them is gone.
        let secret = SymmetricKey(size: .bits128).withUnsafeBytes { bytes in
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        sessions.withLockedValue { sessions in
            sessions.append(Self.code(secret, key))
            if sessions.count > Self.maxSessions { sessions.removeFirst() }
        }
        return secret
    }
}

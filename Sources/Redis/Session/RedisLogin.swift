import NIOCore

/// The first words on a connection: user and password, the database, a sign of life.
struct RedisLogin: Sendable {
    private let url: RedisAddress
    private var missing: Int

    init(_ url: RedisAddress) {
        self.url = url
        missing = (url.password == nil ? 0 : 1) + (url.database == 0 ? 0 : 1) + 1
    }

    var isOver: Bool { missing == 0 }

    func write(_ out: inout ByteBuffer) {
        if let password = url.password {
            let words = [url.user, password].compactMap { $0 }.map { RedisWord.text($0) }
            out.write(RedisCommand("AUTH", words: words))
        }
        if url.database != 0 { out.write(RedisCommand("SELECT", .number(url.database))) }
        out.write(RedisCommand("PING"))
    }

    mutating func answered(_ value: RESPValue) throws(LinkFailure) {
        if case .error(let error) = value { throw .refused(redacted("\(error)")) }
        missing -= 1
        guard case .simple(let text) = value, text == (isOver ? "PONG" : "OK") else {
            throw .malformed("no answer to a login")
        }
    }

    /// Servers that do not know AUTH say what followed it.
    private func redacted(_ words: String) -> String {
        guard let password = url.password, !password.isEmpty else { return words }
        return words.replacing(password, with: "***")
    }
}

package import NIOCore

/// A program in Lua that Redis carries out as one step.
package struct RedisScript: Sendable {
    package let source: String
    /// The name by which a server knows a script that it has seen.
    package let digest: String

    /// Worth keeping: the digest is taken once.
    package init(_ source: String) {
        self.source = source
        digest = SHA1.hexadecimal(of: source)
    }
}

extension RedisConnection {
    /// Runs a script by its digest, and with its source when the server does not know it: the first time, after a
    /// restart, after `SCRIPT FLUSH`.
    @discardableResult
    package func run(
        _ script: RedisScript, keys: [String] = [], _ arguments: [RedisWord] = [], timeout: TimeAmount? = nil
    ) async throws(RedisFailure) -> RESPValue {
        let words = [.number(keys.count)] + keys.map { RedisWord.text($0) } + arguments
        do throws(RedisFailure) {
            return try await command(
                RedisCommand("EVALSHA", words: [.text(script.digest)] + words), timeout: timeout)
        } catch {
            guard case .server(let failure) = error, failure.code == "NOSCRIPT" else { throw error }
            return try await command(RedisCommand("EVAL", words: [.text(script.source)] + words), timeout: timeout)
        }
    }
}

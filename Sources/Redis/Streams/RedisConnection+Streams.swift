package import NIOCore

extension RedisConnection {
    /// What `claim` found.
    package struct Claim: Sendable, Equatable {
        package var entries: [RedisStreamEntry]
        /// Entries that were removed from the stream while somebody still had them; nobody has them any more.
        package var removed: [String]
        /// Where the next call goes on; nil when all were looked at.
        package var next: String?
    }

    /// Adds an entry and returns its name. With `keeping` the stream is trimmed to about as many entries.
    @discardableResult
    package func append(
        _ fields: [(name: String, value: RedisWord)], to stream: String, keeping: Int? = nil
    ) async throws(RedisFailure) -> String {
        let trim = keeping.map { [RedisWord.text("MAXLEN"), "~", .number($0)] } ?? []
        let pairs = fields.flatMap { [.text($0.name), $0.value] }
        let answer = try await command(RedisCommand("XADD", words: [.text(stream)] + trim + ["*"] + pairs))
        guard let id = answer.text else { throw .unexpectedAnswer(to: "XADD") }
        return id
    }

    /// Makes a group, and the stream where there is none; a group that exists is left as it is. It begins after `id`:
    /// `0` for all entries, `$` for those to come.
    package func makeGroup(_ group: String, of stream: String, after id: String = "0") async throws(RedisFailure) {
        do throws(RedisFailure) {
            try await command("XGROUP", "CREATE", .text(stream), .text(group), .text(id), "MKSTREAM")
        } catch {
            guard case .server(let failure) = error, failure.code == "BUSYGROUP" else { throw error }
        }
    }

    /// Takes up to `count` entries that nobody of the group has had, waiting for one as long as `blockingFor` says,
    /// on a connection that nobody else uses; none when none came.
    package func read(
        as reader: RedisStreamReader, count: Int, blockingFor: TimeAmount? = nil
    ) async throws(RedisFailure) -> [RedisStreamEntry] {
        // Redis counts milliseconds and takes zero for no end.
        let wait = blockingFor.map { max(1, $0.nanoseconds / 1_000_000) }
        let block = wait.map { [RedisWord.text("BLOCK"), .number(Int($0))] } ?? []
        let words: [RedisWord] =
            ["GROUP", .text(reader.group), .text(reader.consumer), "COUNT", .number(count)] + block
            + ["STREAMS", .text(reader.stream), ">"]
        let answer = try await command(
            RedisCommand("XREADGROUP", words: words), blockingFor: wait.map { .milliseconds($0) })
        if case .null = answer { return [] }
        guard let streams = answer.list, let first = streams.first?.list, streams.count == 1, first.count == 2 else {
            throw .unexpectedAnswer(to: "XREADGROUP")
        }
        return try RedisStreamEntry.list(first[1], of: "XREADGROUP")
    }

    /// Entries are done with; returns how many of them the group had given to somebody.
    @discardableResult
    package func acknowledge(
        _ ids: [String], of stream: String, in group: String
    ) async throws(RedisFailure) -> Int {
        guard !ids.isEmpty else { return 0 }
        let answer = try await command(
            RedisCommand("XACK", words: [.text(stream), .text(group)] + ids.map { .text($0) }))
        guard let count = answer.number else { throw .unexpectedAnswer(to: "XACK") }
        return count
    }

    /// Takes over up to `count` entries that somebody of the group has had for `idle` or longer without acknowledging
    /// them, beginning with `start`.
    package func claim(
        as reader: RedisStreamReader, idle: TimeAmount, count: Int, from start: String = "0-0"
    ) async throws(RedisFailure) -> Claim {
        let answer = try await command(
            "XAUTOCLAIM", .text(reader.stream), .text(reader.group), .text(reader.consumer),
            .number(Int(idle.nanoseconds / 1_000_000)), .text(start), "COUNT", .number(count))
        guard let list = answer.list, list.count >= 2, let next = list[0].text else {
            throw .unexpectedAnswer(to: "XAUTOCLAIM")
        }
        let removed = list.count > 2 ? (list[2].list ?? []).compactMap(\.text) : []
        return Claim(
            entries: try RedisStreamEntry.list(list[1], of: "XAUTOCLAIM"), removed: removed,
            next: next == "0-0" ? nil : next)
    }

    /// Removes the oldest entries beyond `count`; returns how many.
    @discardableResult
    package func trim(_ stream: String, to count: Int) async throws(RedisFailure) -> Int {
        let answer = try await command("XTRIM", .text(stream), "MAXLEN", .number(count))
        guard let removed = answer.number else { throw .unexpectedAnswer(to: "XTRIM") }
        return removed
    }
}

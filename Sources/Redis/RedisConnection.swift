package import Logging
import NIOConcurrencyHelpers
package import NIOCore

/// One connection to a Redis for commands, shared by whoever has it: many may be on their way, answers come in order.
///
/// It connects at once and again after each loss. Commands that were not sent wait for that, within their time limit
/// and the limits of the queue; of those that were sent nobody knows whether they were carried out, so they fail with
/// `RedisFailure.lost` and are not repeated. A command that blocks holds up all behind it: it wants a connection of
/// its own.
package final class RedisConnection: Sendable {
    package let loop: any EventLoop
    private let limits: RedisLimits
    private let queue: NIOLoopBoundBox<CommandQueue>
    private let status = LinkStatus()
    private let lastID = NIOLockedValueBox<UInt64>(0)

    /// Begins to connect at once; without a logger its losses are for `onStateChange` alone.
    package init(_ url: RedisAddress, on loop: any EventLoop, limits: RedisLimits = .init(), logger: Logger? = nil) {
        self.loop = loop
        self.limits = limits
        queue = NIOLoopBoundBox.makeBoxSendingValue(CommandQueue(on: loop, limits: limits), eventLoop: loop)
        loop.execute { [queue, status] in
            let diary = LinkDiary("\(url)", logger)
            queue.value.start(url) { phase, failure in
                status.change(to: phase, failure)
                diary.note(status.state)
                if phase == .ready { status.settled() }
            }
        }
    }

    deinit {
        loop.execute { [queue] in queue.value.close() }
    }

    package var state: LinkState { status.state }

    /// Tells how it stands, unless that is still open, and each change, in order, on `loop`; must not block. One
    /// observer at a time.
    package func onStateChange(_ observer: @escaping @Sendable (LinkState) -> Void) {
        status.observe(on: loop, observer)
    }

    /// Returns when it is connected.
    package func connected() async throws(RedisFailure) {
        switch await status.wait(on: loop, until: { [status] in status.state == .connected }) {
        case .connected: return
        case .closed: throw .closed
        case .cancelled: throw .cancelled
        }
    }

    /// Ends it for good; what waits to be sent goes out first as far as the connection takes it, unanswered.
    package func close() async {
        try? await loop.submit { [queue] in queue.value.close() }.get()
    }

    // MARK: commands

    /// What the server answers; its errors are thrown.
    @discardableResult
    package func command(_ name: String, _ words: RedisWord...) async throws(RedisFailure) -> RESPValue {
        try await command(RedisCommand(name, words: words))
    }

    /// What the server answers within `timeout`, or within the limit for all; its errors are thrown.
    ///
    /// A command that waits on the server says how long with `blockingFor`, which is added to its time limit, and is
    /// not taken for silence.
    @discardableResult
    package func command(
        _ command: RedisCommand, timeout: TimeAmount? = nil, blockingFor: TimeAmount? = nil
    ) async throws(RedisFailure) -> RESPValue {
        let limit = (timeout ?? limits.commandTimeout) + (blockingFor ?? .zero)
        let values = try await request([command], timeout: limit, isBlocking: blockingFor != nil)
        guard let value = values.first else { throw .unexpectedAnswer(to: command.name) }
        if case .error(let error) = value { throw .server(error) }
        return value
    }

    /// The answers to commands that are sent together, over one connection or not at all; errors are among the answers.
    package func batch(
        _ commands: [RedisCommand], timeout: TimeAmount? = nil
    ) async throws(RedisFailure) -> [RESPValue] {
        guard !commands.isEmpty else { return [] }
        return try await request(commands, timeout: timeout ?? limits.commandTimeout, isBlocking: false)
    }

    /// The answers to commands that are carried out without anybody else's in between.
    package func transaction(
        _ commands: [RedisCommand], timeout: TimeAmount? = nil
    ) async throws(RedisFailure) -> [RESPValue] {
        guard !commands.isEmpty else { return [] }
        let all = [RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")]
        let values = try await request(all, timeout: timeout ?? limits.commandTimeout, isBlocking: false)
        // An error before the end says more than EXEC's that there was one.
        for case .error(let error) in values { throw .server(error) }
        guard let answers = values.last?.list else { throw .unexpectedAnswer(to: "EXEC") }
        return answers
    }

    /// Sends a command for which nobody waits: it has no time limit of its own. `done` is called on `loop` and must
    /// not block.
    package func send(_ command: RedisCommand, _ done: @escaping @Sendable (Result<RESPValue, RedisFailure>) -> Void) {
        let request = CommandQueue.Request(id: makeID(), commands: [command], timeout: nil) { result in
            done(
                result.flatMap { values in
                    switch values.first {
                    case .error(let error)?: .failure(.server(error))
                    case let value?: .success(value)
                    case nil: .failure(.unexpectedAnswer(to: command.name))
                    }
                })
        }
        loop.execute { [queue] in queue.value.add(request) }
    }

    private func makeID() -> UInt64 {
        lastID.withLockedValue { id in
            id += 1
            return id
        }
    }

    private func request(
        _ commands: [RedisCommand], timeout: TimeAmount, isBlocking: Bool
    ) async throws(RedisFailure) -> [RESPValue] {
        let id = makeID()
        let isCancelled = NIOLockedValueBox(false)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<[RESPValue], RedisFailure>, Never>) in
                let request = CommandQueue.Request(
                    id: id, commands: commands, timeout: timeout, isBlocking: isBlocking
                ) { continuation.resume(returning: $0) }
                loop.execute { [queue] in
                    // Cancelled before it was given, or after: one of the two sees the other.
                    guard !isCancelled.withLockedValue({ $0 }) else { return request.done(.failure(.cancelled)) }
                    queue.value.add(request)
                }
            }
        } onCancel: {
            isCancelled.withLockedValue { $0 = true }
            loop.execute { [queue] in queue.value.cancel(id) }
        }
        return try result.get()
    }
}

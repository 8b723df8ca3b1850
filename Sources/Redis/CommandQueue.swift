import NIOCore

/// The requests of one connection: those that wait, and those whose answers are due.
///
///     waiting ──the link takes more──► sent ──all answers──► done
///        │ └──time, too many──► failed   └──time, connection lost──► failed; may have been carried out
///        └──connection lost──► waiting
///
/// A request is one command or several that are sent together. Confined to its event loop.
final class CommandQueue {
    /// What a request is told in the end.
    typealias Done = @Sendable (Result<[RESPValue], RedisFailure>) -> Void

    struct Request {
        var id: UInt64
        var commands: [RedisCommand]
        /// Nil for one that waits as long as the queue holds it.
        var timeout: TimeAmount?
        /// Whether the server may be silent over it.
        var isBlocking = false
        var done: Done
    }

    private struct Open {
        var request: Request
        var size: Int
        var deadline: NIODeadline
        var isSent = false
    }

    /// The least time between two looks at the clock for all requests.
    private static let tick = TimeAmount.milliseconds(5)

    private let loop: any EventLoop
    private let limits: RedisLimits
    private var link: Link<CommandSession>?
    private var open: [UInt64: Open] = [:]
    /// In their order; those that failed meanwhile are still in it.
    private var waiting: CircularBuffer<UInt64> = []
    private var waitingCount = 0
    private var waitingBytes = 0
    private var timer: Scheduled<Void>?
    private var nextLook = NIODeadline.distantFuture

    init(on loop: any EventLoop, limits: RedisLimits) {
        self.loop = loop
        self.limits = limits
    }

    /// Begins to connect; `changed` is told of every phase.
    func start(_ url: RedisAddress, changed: @escaping (LinkPhase, LinkFailure?) -> Void) {
        let answerLimits = limits.answer
        let link = Link(
            to: url.endpoint, on: loop, limits: limits.linkLimits,
            session: { CommandSession(url, limits: answerLimits) },
            ears: .init(
                changed: { [self] phase, failure in
                    changed(phase, failure)
                    linkChanged(phase, failure)
                },
                heard: { [self] answer in end(answer.id, .success(answer.values)) },
                writable: { [self] in pump() }))
        self.link = link
        link.start()
    }

    // MARK: orders

    func add(_ request: Request) {
        guard let link, link.phase != .closed else { return request.done(.failure(.closed)) }
        if let command = request.commands.first(where: { !$0.isShareable }), !request.isTransaction {
            return request.done(.failure(.notShareable(command.name)))
        }
        let size = request.commands.reduce(0) { $0 + $1.size }
        if limits.overflow == .refuseNewest, isTooMuch(bytes: size, requests: 1) {
            return request.done(.failure(.queueFull))
        }
        let deadline = request.timeout.map { NIODeadline.now() + $0 } ?? .distantFuture
        open[request.id] = Open(request: request, size: size, deadline: deadline)
        waiting.append(request.id)
        waitingCount += 1
        waitingBytes += size
        while isTooMuch(), let oldest = waiting.popFirst() { end(oldest, .failure(.queueFull)) }
        look(at: deadline)
        pump()
    }

    /// Whoever asked does not wait any longer.
    func cancel(_ id: UInt64) {
        end(id, .failure(.cancelled))
    }

    func close() {
        pump()
        link?.close()
        link = nil
    }

    /// Whether there is more than may wait, once as much is added.
    private func isTooMuch(bytes: Int = 0, requests: Int = 0) -> Bool {
        let due = link?.phase == .ready ? link?.session.dueCount ?? 0 : 0
        return waitingBytes + bytes > limits.maxWaitingBytes || waitingCount + due + requests > limits.maxRequests
    }

    // MARK: sending

    private func pump() {
        guard let link else { return }
        while link.isWritable, let id = waiting.popFirst() {
            guard let next = open[id] else { continue }
            open[id]?.isSent = true
            noLongerWaits(next)
            link.perform { session, out in
                session.send(next.request.commands, id: id, isBlocking: next.request.isBlocking, &out)
            }
        }
    }

    private func noLongerWaits(_ one: Open) {
        waitingCount -= 1
        waitingBytes -= one.size
    }

    /// A request is over; nothing happens when it was before.
    private func end(_ id: UInt64, _ result: Result<[RESPValue], RedisFailure>) {
        guard let one = open.removeValue(forKey: id) else { return }
        if !one.isSent {
            noLongerWaits(one)
            // Those that are over are not kept without end while the server is away.
            if waiting.count > 2 * waitingCount + 64 { waiting.removeAll { open[$0] == nil } }
        }
        one.request.done(result)
    }

    private func linkChanged(_ phase: LinkPhase, _ failure: LinkFailure?) {
        switch phase {
        case .ready: pump()
        case .waiting:
            let reason = failure ?? .unreachable("connection closed")
            for id in open.filter(\.value.isSent).keys { end(id, .failure(.lost(reason))) }
        case .closed:
            timer?.cancel()
            let reason = LinkFailure.unreachable("closed by this side")
            for (id, one) in open { end(id, .failure(one.isSent ? .lost(reason) : .closed)) }
        case .connecting: break
        }
    }

    // MARK: time

    /// Has the clock looked at no later than at `deadline`.
    private func look(at deadline: NIODeadline) {
        guard deadline < nextLook else { return }
        timer?.cancel()
        nextLook = deadline
        let queue = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(deadline: deadline) { queue.value.look() }
    }

    private func look() {
        let now = NIODeadline.now()
        nextLook = .distantFuture
        let late = open.values.filter { $0.deadline <= now }
        for one in late { end(one.request.id, .failure(.timeout(wasSent: one.isSent))) }
        // A server that is silent beyond what it was asked to wait for is not there.
        if late.contains(where: { $0.isSent && $0.request.isBlocking }) { link?.abandon(.silent) }
        if let next = open.values.map(\.deadline).min() { look(at: max(next, now + Self.tick)) }
    }
}

extension CommandQueue.Request {
    /// Whether it begins and ends a transaction that nobody else can come into.
    fileprivate var isTransaction: Bool {
        commands.count > 2 && commands.first?.name == "MULTI" && commands.last?.name == "EXEC"
            && commands.dropFirst().dropLast().allSatisfy(\.isShareable)
    }
}

import Logging
import Monitor
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Tells systemd when the program listens, how it is, and when it stops; does nothing where systemd does not ask.
///
///     started ──listens──► READY=1 ──► WATCHDOG=1, STATUS=… again and again ──told to stop──► STOPPING=1
///
/// The watchdog gets its sign of life only from a program that works: one that hangs is silent, and systemd starts it
/// anew. What a new start does not cure (a full disk) is only in the status.
struct SystemdReport: Service {
    /// What it asks the program each time.
    struct Questions: Sendable {
        /// What only a new start cures; nil when the program works. It may also never answer, which says the same.
        let standstill: @Sendable () async -> String?
        /// What else is wrong, in words.
        let problems: @Sendable () async -> [String]
    }

    /// How often the status is told where no watchdog waits.
    private static let leisurely: Duration = .seconds(30)
    /// How soon a program that did not work is looked at again, so that a clock that jumped does not cost its life.
    private static let soon: Duration = .seconds(1)
    /// How often a full socket is tried until it takes `READY=1`, which is said only once, and how long in between.
    private static let attempts = 50
    private static let pause: Duration = .milliseconds(100)

    private let socket: SystemdSocket?
    private let watchdog: Duration?
    private let questions: Questions
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let ports: AsyncStream<Int>
    private let announce: AsyncStream<Int>.Continuation

    /// Speaks to `socket`, if any; `watchdog` is how long systemd waits for a sign of life.
    init(
        _ socket: SystemdSocket?, watchdog: Duration?, questions: Questions,
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.socket = socket
        self.watchdog = watchdog
        self.questions = questions
        self.clock = clock
        self.logger = logger
        (ports, announce) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The program listens on `port` from now on.
    func listens(on port: Int) {
        announce.yield(port)
    }

    func run() async throws {
        guard let socket else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown { await report(to: socket) }
        await tell(socket, ["STOPPING=1", "STATUS=Stopping: waiting for running checks"])
    }

    private func report(to socket: SystemdSocket) async {
        guard let port = await ports.first(where: { _ in true }) else { return }
        let listening = "Listening on port \(port)"
        await tell(socket, ["READY=1", "STATUS=\(listening)"], attempts: Self.attempts)
        var looksAgain = false
        while !Task.isCancelled {
            let standstill = await questions.standstill()
            if standstill == nil, watchdog != nil { await tell(socket, ["WATCHDOG=1"]) }
            let problems = await questions.problems()
            await tell(socket, ["STATUS=\(problems.isEmpty ? listening : "Not ready: \(Self.line(problems))")"])
            if let standstill, looksAgain, watchdog != nil {
                logger.warning("the watchdog gets no sign of life", metadata: ["because": "\(standstill)"])
            }
            looksAgain = standstill != nil
            try? await clock.sleep(for: standstill == nil ? period : min(period, Self.soon))
        }
    }

    /// Half of what systemd waits, as sd_watchdog_enabled(3) advises.
    private var period: Duration { watchdog.map { $0 / 2 } ?? Self.leisurely }

    /// A status is one line.
    private static func line(_ problems: [String]) -> String {
        problems.joined(separator: "; ").split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// A socket that is full is tried again; one that nobody reads harms nothing but the report.
    private func tell(_ socket: SystemdSocket, _ lines: [String], attempts: Int = 1) async {
        for attempt in 1...attempts {
            do throws(SystemdSocket.Failure) {
                return try socket.send(lines)
            } catch {
                guard error.isFull, attempt < attempts, !Task.isCancelled else {
                    logger.warning("systemd does not hear", metadata: ["of": "\(lines[0])", "because": "\(error)"])
                    return
                }
                try? await clock.sleep(for: Self.pause)
            }
        }
    }
}

extension SystemdReport.Questions {
    /// Asks the event loops, each of which answers only when it turns, and then the machine.
    init(_ readiness: Readiness) {
        standstill = {
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try? await loop.submit {}.get() }
            return await readiness.standstill()
        }
        problems = {
            await readiness.parts().compactMap { part in part.problem.map { "\(part.name): \($0)" } }
        }
    }
}

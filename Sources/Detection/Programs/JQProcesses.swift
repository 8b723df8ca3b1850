import Domain
import Synchronization

/// The processes of `turnstone-jq` that there are: a few that stay, since what makes jq slow is its start.
///
/// Each answers one question at a time. The one that answered last is asked first, because it has most likely compiled
/// the same filter already; what died is replaced when somebody asks.
final class JQProcesses: Sendable {
    static let shared = JQProcesses()

    /// So many questions one process answers, so that nothing it may lose grows for ever.
    private static let life = 5_000

    private struct Idle: Sendable {
        let process: JQProcess
        let answers: Int
    }

    private let room = ProgramRoom()
    private let idle = Mutex<[Idle]>([])

    /// What a process answers; blocks the calling thread until there is one.
    func answer(_ request: JQRequest, for purpose: DetectionPurpose) throws(CheckFailure) -> JQAnswer {
        room.enter(purpose)
        defer { room.leave(purpose) }
        let (process, answers) = try next()
        do {
            let answer = try process.answer(request)
            if answers + 1 < Self.life {
                idle.withLock { $0.append(Idle(process: process, answers: answers + 1)) }
            } else {
                process.end()
            }
            return answer
        } catch {
            process.end()
            throw error
        }
    }

    /// One that waits and lives, or a new one.
    private func next() throws(CheckFailure) -> (JQProcess, answers: Int) {
        while let known = idle.withLock({ $0.popLast() }) {
            if !known.process.hasEnded() { return (known.process, known.answers) }
        }
        return (try JQProcess(), 0)
    }

    /// Ends all that nobody asks now.
    func release() {
        let ended = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for known in ended { known.process.end() }
    }
}

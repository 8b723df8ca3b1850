import NIOConcurrencyHelpers
import NIOCore

/// Collects what other processes answer, until all have or the time is over.
///
/// Answers may come before the word of how many there will be.
final class Gathering<Answer: Sendable>: Sendable {
    struct Result: Sendable {
        var answers: [Answer] = []
        /// How many answers were announced.
        var announced = 0
        /// How many processes have not said their part.
        var missing: Int
    }

    private struct State {
        var result: Result
        var isOver = false
        var continuation: CheckedContinuation<Result, Never>?
    }

    private let state: NIOLockedValueBox<State>

    init(processes: Int) {
        state = NIOLockedValueBox(State(result: Result(missing: processes)))
    }

    /// Another answer.
    func add(_ answer: Answer) {
        change { $0.answers.append(answer) }
    }

    /// A process has said its part: these answers now, and how many more will follow one by one.
    func processAnswered(_ answers: [Answer], announcing more: Int = 0) {
        change { result in
            result.missing -= 1
            result.announced += answers.count + more
            result.answers += answers
        }
    }

    private func change(_ body: (inout Result) -> Void) {
        let ended = state.withLockedValue { state -> (CheckedContinuation<Result, Never>, Result)? in
            guard !state.isOver else { return nil }
            body(&state.result)
            guard state.result.missing <= 0, state.result.answers.count >= state.result.announced else { return nil }
            state.isOver = true
            guard let continuation = state.continuation else { return nil }
            state.continuation = nil
            return (continuation, state.result)
        }
        if let (continuation, result) = ended { continuation.resume(returning: result) }
    }

    /// Ends the wait with what there is.
    func end() {
        let ended = state.withLockedValue { state -> (CheckedContinuation<Result, Never>, Result)? in
            state.isOver = true
            guard let continuation = state.continuation else { return nil }
            state.continuation = nil
            return (continuation, state.result)
        }
        if let (continuation, result) = ended { continuation.resume(returning: result) }
    }

    /// Waits for the end; called once. A cancelled task waits no longer.
    func result(timeout: TimeAmount, on loop: any EventLoop) async -> Result {
        let timer = loop.scheduleTask(in: timeout) { [self] in end() }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let over = state.withLockedValue { state -> Result? in
                    if state.isOver { return state.result }
                    state.continuation = continuation
                    return nil
                }
                if let over { continuation.resume(returning: over) }
            }
        } onCancel: {
            end()
        }
    }
}

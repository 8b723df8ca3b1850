import EngineIO
import NIOConcurrencyHelpers
public import NIOCore

extension LocalRooms {
    /// Sends a packet to every socket of `target` and returns when each has answered or gone, or `timeout` is over.
    public func ask(_ packet: BroadcastPacket, of target: Target, timeout: TimeAmount) async -> BroadcastAnswers {
        let survey = Survey(parts: loopCount)
        return await withCheckedContinuation { continuation in
            survey.onEnd { continuation.resume(returning: $0) }
            ask(packet, of: target, timeout: timeout, survey)
        }
    }

    /// The same for adapters that pass answers on as they come: `counted` says once how many sockets were asked,
    /// `answered` is called for each answer, and `ended` after the last.
    public func ask(
        _ packet: BroadcastPacket, of target: Target, timeout: TimeAmount,
        counted: @escaping @Sendable (Int) -> Void, answered: @escaping @Sendable (Arguments) -> Void,
        ended: @escaping @Sendable () -> Void
    ) {
        let survey = Survey(parts: loopCount, counted: counted, answered: answered)
        survey.onEnd { _ in ended() }
        ask(packet, of: target, timeout: timeout, survey)
    }

    private func ask(_ packet: BroadcastPacket, of target: Target, timeout: TimeAmount, _ survey: Survey) {
        let id = makeAckID()
        metrics.sent()
        let outgoing = packet.encoded(ackID: id)
        onEachShard { shard, loop in
            var asked = 0
            shard.forEach(in: target) { core in
                guard core.isConnected else { return }
                asked += 1
                core.ask(outgoing, packet, id: id, timeout: timeout, on: loop) { survey.heard($0) }
            }
            survey.counted(asked)
        }
    }

    /// Describes every socket of `target`.
    public func describe(_ target: Target) async -> [SocketDescription] {
        await withCheckedContinuation { continuation in
            let found = NIOLockedValueBox<(list: [SocketDescription], parts: Int)>(([], loopCount))
            onEachShard { shard, _ in
                var mine: [SocketDescription] = []
                shard.forEach(in: target) { core in
                    guard core.isConnected, let socket = core.socket else { return }
                    let rooms = [core.id] + core.places.keys.sorted()
                    mine.append(
                        SocketDescription(
                            id: core.id, rooms: rooms, handshake: socket.handshake.json, data: socket.sharedValues))
                }
                let all = found.withLockedValue { found -> [SocketDescription]? in
                    found.list += mine
                    found.parts -= 1
                    return found.parts == 0 ? found.list : nil
                }
                if let all { continuation.resume(returning: all) }
            }
        }
    }
}

/// Gathers the answers of many sockets on many event loops.
private final class Survey: Sendable {
    private struct State {
        var result = BroadcastAnswers()
        var pending = 0
        var parts: Int
        var onEnd: (@Sendable (BroadcastAnswers) -> Void)?
    }

    private let state: NIOLockedValueBox<State>
    private let countKnown: (@Sendable (Int) -> Void)?
    private let answered: (@Sendable (Arguments) -> Void)?

    init(
        parts: Int, counted: (@Sendable (Int) -> Void)? = nil, answered: (@Sendable (Arguments) -> Void)? = nil
    ) {
        state = NIOLockedValueBox(State(parts: parts))
        countKnown = counted
        self.answered = answered
    }

    func onEnd(_ body: @escaping @Sendable (BroadcastAnswers) -> Void) {
        state.withLockedValue { $0.onEnd = body }
    }

    /// One event loop has asked all of its sockets.
    func counted(_ asked: Int) {
        let (count, end) = state.withLockedValue { state -> (Int?, (@Sendable () -> Void)?) in
            state.result.asked += asked
            state.pending += asked
            state.parts -= 1
            return (state.parts == 0 ? state.result.asked : nil, Self.end(&state))
        }
        if let count { countKnown?(count) }
        end?()
    }

    /// One socket has answered, or will not.
    func heard(_ answer: Result<Arguments, any Error>) {
        if case .success(let arguments) = answer { answered?(arguments) }
        let end = state.withLockedValue { state in
            state.pending -= 1
            if case .success(let arguments) = answer { state.result.answers.append(arguments) }
            return Self.end(&state)
        }
        end?()
    }

    private static func end(_ state: inout State) -> (@Sendable () -> Void)? {
        guard state.parts == 0, state.pending == 0, let onEnd = state.onEnd else { return nil }
        state.onEnd = nil
        let result = state.result
        return { onEnd(result) }
    }
}

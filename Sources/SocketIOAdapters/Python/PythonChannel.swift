import Logging
import NIOConcurrencyHelpers
import NIOCore
import SocketIO

/// One process's place on a channel of python-socketio: all its namespaces, and the questions that wait for answers.
final class PythonChannel: Sendable {
    private struct State {
        /// The namespaces of each name: more than one only while two threads make the same.
        var members: [String: [LocalRooms]] = [:]
        var subscription: BrokerSubscription?
        var questions: [UInt64: @Sendable (Arguments) -> Void] = [:]
        var nextID: UInt64 = 0
    }

    /// Python's answer to how long `call` waits.
    private static let patience = TimeAmount.seconds(60)

    /// Names this process; its own messages come back to it and are ignored.
    let host = RandomName.hexadecimal(32)
    let broker: any Broker
    let logger: Logger
    private let name: String
    private let state = NIOLockedValueBox(State())

    init(_ name: String, over broker: any Broker, logger: Logger) {
        self.name = name
        self.broker = broker
        self.logger = logger
    }

    func add(_ local: LocalRooms, as namespace: String) {
        let isFirst = state.withLockedValue { state in
            defer { state.members[namespace, default: []].append(local) }
            return state.members.isEmpty
        }
        guard isFirst else { return }
        let subscription = broker.subscribe(to: name) { [weak self] message in self?.heard(message) }
        let before = state.withLockedValue { state in
            defer { state.subscription = subscription }
            return state.subscription
        }
        before?.cancel()
    }

    /// A namespace is over; with the last one the channel is left.
    func remove(_ local: LocalRooms, as namespace: String) {
        let subscription = state.withLockedValue { state -> BrokerSubscription? in
            let rest = (state.members[namespace] ?? []).filter { $0 !== local }
            state.members[namespace] = rest.isEmpty ? nil : rest
            guard state.members.isEmpty else { return nil }
            defer { state.subscription = nil }
            return state.subscription
        }
        subscription?.cancel()
    }

    /// False when the format cannot say it.
    @discardableResult
    func publish(_ message: PythonMessage) -> Bool {
        guard let text = message.encoded(from: host) else { return false }
        broker.publish(text, on: name)
        return true
    }

    // MARK: questions of this process

    func expectAnswer(_ answered: @escaping @Sendable (Arguments) -> Void) -> UInt64 {
        state.withLockedValue { state in
            state.nextID += 1
            state.questions[state.nextID] = answered
            return state.nextID
        }
    }

    func forgetAnswer(_ id: UInt64) {
        state.withLockedValue { $0.questions[id] = nil }
    }

    var openQuestions: Int { state.withLockedValue { $0.questions.count } }

    // MARK: from others

    private func heard(_ text: ByteBuffer) {
        guard let message = PythonMessage(text, for: host) else { return }
        if case .answer(_, let id, _, _, let arguments) = message {
            state.withLockedValue { $0.questions[id] }?(arguments)
            return
        }
        for local in state.withLockedValue({ $0.members[message.namespace] ?? [] }) { perform(message, local) }
    }

    private func perform(_ message: PythonMessage, _ local: LocalRooms) {
        switch message {
        case .emit(let packet, let target, nil):
            if local.mayReach(target) { local.broadcast(packet, to: target) }
        case .emit(let packet, let target, let callback?): ask(packet, target, callback, local)
        case .disconnect(let socket, _): local.disconnect(Target(rooms: [socket]), close: false)
        case .enter(let socket, let room, _): local.join(Target(rooms: [socket]), rooms: [room])
        case .leave(let socket, let room, _): local.leave(Target(rooms: [socket]), rooms: [room])
        case .closeRoom(let room, _): local.leave(Target(rooms: [room]), rooms: [room])
        case .answer: break
        }
    }

    private func ask(
        _ packet: BroadcastPacket, _ target: Target, _ callback: PythonMessage.Callback, _ local: LocalRooms
    ) {
        guard local.mayReach(target) else { return }
        local.ask(packet, of: target, timeout: Self.patience, counted: { _ in }) { [weak self] arguments in
            let answer = PythonMessage.answer(
                host: callback.host, id: callback.id, room: callback.room, namespace: callback.namespace, arguments)
            if self?.publish(answer) == false {
                self?.logger.error("An answer with bytes in it cannot be said to a Python server")
            }
        } ended: {
        }
    }
}

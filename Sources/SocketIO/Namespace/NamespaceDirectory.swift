import Logging
import Metrics
import NIOConcurrencyHelpers
import NIOCore

/// The namespaces that exist, the rules by which more come into being, and what all clients share.
///
/// A namespace made by a rule lives as long as a socket is in it or on its way in, so that clients who make up names
/// cannot fill the memory.
final class NamespaceDirectory: Sendable {
    private struct State {
        var fixed: [String: Namespace] = [:]
        var families: [NamespaceFamily] = []
        var children: [String: (namespace: Namespace, family: NamespaceFamily, users: Int)] = [:]
    }

    let configuration: SocketConfiguration
    let logger: Logger
    let metrics: SocketMetrics
    private let makeNamespace: @Sendable (String) -> Namespace
    private let state = NIOLockedValueBox(State())

    init(
        configuration: SocketConfiguration, logger: Logger, metrics: SocketMetrics,
        makeNamespace: @escaping @Sendable (String) -> Namespace
    ) {
        self.configuration = configuration
        self.logger = logger
        self.metrics = metrics
        self.makeNamespace = makeNamespace
    }

    /// The namespace of this name, made if it is new; it stays for good.
    func fixed(_ name: String) -> Namespace {
        if let known = state.withLockedValue({ $0.fixed[name] }) { return known }
        let made = makeNamespace(name)
        let kept = state.withLockedValue { state in
            if let known = state.fixed[name] { return known }
            state.fixed[name] = made
            return made
        }
        if kept !== made { end(made) }
        return kept
    }

    /// Gives up a namespace that is over, or that was made while somebody else made the one that counts.
    private func end(_ namespace: Namespace) {
        Task { await namespace.adapter.close() }
    }

    func add(_ family: NamespaceFamily) {
        state.withLockedValue { $0.families.append(family) }
    }

    var all: [Namespace] {
        state.withLockedValue { Array($0.fixed.values) + $0.children.values.map(\.namespace) }
    }

    /// The namespaces there are of a family.
    func children(of family: NamespaceFamily) -> [Namespace] {
        state.withLockedValue { $0.children.values.filter { $0.family === family }.map(\.namespace) }
    }

    /// Whether a name that is unknown could come into being.
    var hasFamilies: Bool { state.withLockedValue { !$0.families.isEmpty } }

    /// A namespace that exists, for a socket that calls `release` in the end.
    func acquire(_ name: String) -> Namespace? {
        state.withLockedValue { state in
            if let fixed = state.fixed[name] { return fixed }
            guard let child = state.children[name] else { return nil }
            state.children[name]?.users += 1
            return child.namespace
        }
    }

    /// Asks the rules in order for a namespace; `release` is called for it in the end.
    func make(_ name: String, auth: ByteBuffer?) async -> Namespace? {
        guard name.utf8.count <= configuration.limits.maxNamespaceName else { return nil }
        for family in state.withLockedValue({ $0.families }) {
            guard await family.admits(name, auth) else { continue }
            let made = makeNamespace(name)
            family.setUp(made)
            let kept = state.withLockedValue { state in
                if let fixed = state.fixed[name] { return fixed }
                let namespace = state.children[name]?.namespace ?? made
                state.children[name, default: (made, family, 0)].users += 1
                return namespace
            }
            if kept !== made { end(made) }
            return kept
        }
        return nil
    }

    /// Says that a socket no longer needs a namespace.
    func release(_ namespace: Namespace) {
        let ended = state.withLockedValue { state in
            guard let child = state.children[namespace.name], child.namespace === namespace else { return false }
            guard child.users == 1 else {
                state.children[namespace.name]?.users -= 1
                return false
            }
            state.children[namespace.name] = nil
            return true
        }
        if ended { end(namespace) }
    }
}

/// What a server reports through swift-metrics, beside what its engine does.
struct SocketMetrics: Sendable {
    let eventsReceived = Counter(label: "socketio_events", dimensions: [("direction", "in")])
    /// Events as they are sent, each once for however many sockets of this process it is; what becomes of it on the
    /// wire is counted by the engine.
    private let eventsSent = Counter(label: "socketio_events", dimensions: [("direction", "out")])
    /// Acknowledgements that came when nobody waited for them any more.
    let lateAcks = Counter(label: "socketio_late_acks")

    /// An event is on its way to sockets of this process.
    func sent() {
        eventsSent.increment()
    }
}

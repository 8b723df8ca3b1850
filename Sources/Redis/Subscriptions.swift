import NIOCore

/// Who listens to what over one link, which is told what of it the server must know. Confined to its event loop.
final class Subscriptions {
    private var link: Link<ListeningSession>?
    private var listeners: [RedisTopic: [UInt64: RedisSubscriber.Listener]] = [:]

    /// Whether the server is there and has confirmed all that is listened to.
    var isSettled: Bool { link?.phase == .ready && link?.session.isSettled == true }

    func start(over link: Link<ListeningSession>) {
        self.link = link
        link.start()
    }

    func add(_ listener: @escaping RedisSubscriber.Listener, _ id: UInt64, _ topic: RedisTopic) {
        guard let link else { return }
        let isFirst = listeners[topic] == nil
        listeners[topic, default: [:]][id] = listener
        if isFirst { link.perform { $0.subscribe(to: topic, &$1) } }
    }

    func remove(_ id: UInt64, _ topic: RedisTopic) {
        guard listeners[topic]?.removeValue(forKey: id) != nil, listeners[topic]?.isEmpty == true else { return }
        listeners[topic] = nil
        link?.perform { $0.unsubscribe(from: topic, &$1) }
    }

    /// The connection is new and knows nothing of it.
    func subscribeAnew() {
        link?.perform { session, out in
            for topic in listeners.keys { session.subscribe(to: topic, &out) }
        }
    }

    func tell(_ message: ByteBuffer, on channel: String, of topic: RedisTopic) {
        for listener in (listeners[topic] ?? [:]).values { listener(channel, message) }
    }

    func close() {
        link?.close()
        link = nil
        listeners = [:]
    }
}

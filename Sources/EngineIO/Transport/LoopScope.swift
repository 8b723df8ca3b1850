import Metrics
import NIOCore
import Synchronization

/// What all connections of one event loop share: the list of those to flush, and counts not yet reported.
///
/// Confined to its event loop, so nothing in it needs a lock.
final class LoopScope {
    enum Flushable {
        case socket(WebSocketChannelHandler)
        case polling(Connection)
    }

    private let loop: any EventLoop
    private let metrics: EngineMetrics
    private var flushables: [Flushable] = []
    /// Those that one turn had no time for any more, from `nextInBacklog` on; they come before `flushables`.
    private var backlog: [Flushable] = []
    private var nextInBacklog = 0
    /// Who waits until nothing is left to flush.
    private var waiting: [@Sendable () -> Void] = []
    private var isTurnEndScheduled = false
    /// The last frame that was compressed; kept for the rest of the turn.
    private var lastDeflated: (plain: ByteBuffer, deflation: MessageDeflation, frame: ByteBuffer)?

    var packetsSent = 0
    var packetsReceived = 0
    var bytesSent = 0
    var bytesReceived = 0
    var volatileDrops = 0
    var slowClients = 0

    init(loop: any EventLoop, metrics: EngineMetrics) {
        self.loop = loop
        self.metrics = metrics
    }

    /// The frame of `packet` as `deflation` has it; compressed once for all clients of this loop that it goes to.
    func frame(of packet: EncodedPacket, _ deflation: MessageDeflation) -> ByteBuffer {
        if let last = lastDeflated, last.deflation == deflation, last.plain.isSame(as: packet.frame) {
            return last.frame
        }
        guard let frame = deflation.frame(of: packet) else { return packet.frame }
        lastDeflated = (packet.frame, deflation, frame)
        return frame
    }

    /// Flushes `flushable` at the end of this turn of the loop, together with everyone else's writes.
    func flushLater(_ flushable: Flushable) {
        flushables.append(flushable)
        reportLater()
    }

    /// Reports the counts at the end of this turn; for whoever counts something that nothing is written for.
    func reportLater() {
        guard !isTurnEndScheduled else { return }
        isTurnEndScheduled = true
        let scope = NIOLoopBound(self, eventLoop: loop)
        loop.execute { scope.value.endTurn() }
    }

    /// Whether more is to be flushed than one turn has time for; then `body` is called when all of that has been.
    func whenFlushed(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard !backlog.isEmpty else { return false }
        waiting.append(body)
        return true
    }

    private func endTurn() {
        lastDeflated = nil
        if backlog.isEmpty { swap(&backlog, &flushables) }
        guard flushBacklog() else {
            let scope = NIOLoopBound(self, eventLoop: loop)
            LoopTurn.goOn(loop) { scope.value.endTurn() }
            return
        }
        isTurnEndScheduled = false
        if !flushables.isEmpty {
            // What came up meanwhile has had no requests before it yet.
            isTurnEndScheduled = true
            let scope = NIOLoopBound(self, eventLoop: loop)
            LoopTurn.goOn(loop) { scope.value.endTurn() }
        }
        report()
        let ready = waiting
        waiting = []
        for body in ready { body() }
    }

    /// Flushes what one turn has time for; false when something is left.
    private func flushBacklog() -> Bool {
        let turn = LoopTurn()
        while nextInBacklog < backlog.count {
            switch backlog[nextInBacklog] {
            case .socket(let socket): socket.flush()
            case .polling(let connection): connection.handle(.flush)
            }
            nextInBacklog += 1
            // Each of them is a system call.
            if nextInBacklog % 8 == 0, turn.isOver, nextInBacklog < backlog.count { return false }
        }
        nextInBacklog = 0
        backlog.removeAll(keepingCapacity: true)
        return true
    }

    /// Moves the counts to the metrics, once per turn rather than once per packet.
    private func report() {
        metrics.packetsSent.increment(by: packetsSent)
        metrics.packetsReceived.increment(by: packetsReceived)
        metrics.bytesSent.increment(by: bytesSent)
        metrics.bytesReceived.increment(by: bytesReceived)
        metrics.totals.packetsSent.wrappingAdd(packetsSent, ordering: .relaxed)
        metrics.totals.packetsReceived.wrappingAdd(packetsReceived, ordering: .relaxed)
        metrics.totals.bytesSent.wrappingAdd(bytesSent, ordering: .relaxed)
        metrics.totals.bytesReceived.wrappingAdd(bytesReceived, ordering: .relaxed)
        if volatileDrops > 0 { metrics.volatileDrops.increment(by: volatileDrops) }
        if slowClients > 0 { metrics.slowClients.increment(by: slowClients) }
        packetsSent = 0
        packetsReceived = 0
        bytesSent = 0
        bytesReceived = 0
        volatileDrops = 0
        slowClients = 0
    }
}

/// A reference that may be passed anywhere and opened only on its event loop.
struct LoopBox<Value>: Sendable {
    let loop: any EventLoop
    private let bound: NIOLoopBound<Value>

    /// Boxes `value`; must be called on `loop`.
    init(_ value: Value, loop: any EventLoop) {
        self.loop = loop
        bound = NIOLoopBound(value, eventLoop: loop)
    }

    /// The value; must be read on `loop`.
    var value: Value { bound.value }
}

extension ByteBuffer {
    /// Whether both show the same bytes of the same storage, without looking at the bytes.
    fileprivate func isSame(as other: ByteBuffer) -> Bool {
        withUnsafeReadableBytes { mine in
            other.withUnsafeReadableBytes { theirs in
                // Safety: the addresses are only compared; both buffers are alive, so equal ones mean shared storage.
                mine.baseAddress == theirs.baseAddress && mine.count == theirs.count
            }
        }
    }
}

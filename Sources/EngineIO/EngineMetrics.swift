import Metrics
import Synchronization

/// What an engine reports through swift-metrics.
struct EngineMetrics: Sendable {
    let packetsSent = Counter(label: "engineio_packets", dimensions: [("direction", "out")])
    let packetsReceived = Counter(label: "engineio_packets", dimensions: [("direction", "in")])
    let bytesSent = Counter(label: "engineio_bytes", dimensions: [("direction", "out")])
    let bytesReceived = Counter(label: "engineio_bytes", dimensions: [("direction", "in")])
    let volatileDrops = Counter(label: "engineio_drops", dimensions: [("cause", "volatile")])
    let slowClients = Counter(label: "engineio_drops", dimensions: [("cause", "slow_client")])
    let polling = Gauge(label: "engineio_clients", dimensions: [("transport", "polling")])
    let websocket = Gauge(label: "engineio_clients", dimensions: [("transport", "websocket")])

    /// The same since the engine was made, for whoever cannot read metrics.
    let totals = TotalCounts()

    /// Reports how many clients use each transport.
    func clients(polling: Int, websocket: Int) {
        self.polling.record(polling)
        self.websocket.record(websocket)
    }
}

/// What an engine has done since it was made.
public struct EngineTotals: Sendable, Equatable {
    public var connectionsOpened = 0
    public var connectionsEnded = 0
    public var packetsReceived = 0
    public var packetsSent = 0
    public var bytesReceived = 0
    public var bytesSent = 0

    public init() {}
}

/// Counts for `EngineTotals`, added to once per turn of each event loop.
final class TotalCounts: Sendable {
    let connectionsOpened = Atomic(0)
    let connectionsEnded = Atomic(0)
    let packetsReceived = Atomic(0)
    let packetsSent = Atomic(0)
    let bytesReceived = Atomic(0)
    let bytesSent = Atomic(0)

    var now: EngineTotals {
        var totals = EngineTotals()
        totals.connectionsOpened = connectionsOpened.load(ordering: .relaxed)
        totals.connectionsEnded = connectionsEnded.load(ordering: .relaxed)
        totals.packetsReceived = packetsReceived.load(ordering: .relaxed)
        totals.packetsSent = packetsSent.load(ordering: .relaxed)
        totals.bytesReceived = bytesReceived.load(ordering: .relaxed)
        totals.bytesSent = bytesSent.load(ordering: .relaxed)
        return totals
    }
}

import Metrics

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

    /// Reports how many clients use each transport.
    func clients(polling: Int, websocket: Int) {
        self.polling.record(polling)
        self.websocket.record(websocket)
    }
}

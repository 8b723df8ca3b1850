import Domain
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/metrics`: what those who look after it draw curves of, in Prometheus' text format (version 0.0.4).
struct MetricsRoute<Context: RequestContext>: Sendable {
    private static var type: String { "text/plain; version=0.0.4; charset=utf-8" }

    let store: Store
    let queue: any CheckQueue
    let pool: WorkerPool
    let readiness: Readiness

    func add(to router: Router<Context>) {
        router.get("metrics") { _, _ in try await metrics() }
    }

    private func metrics() async throws -> Response {
        let (counts, workers, totals) = await (queue.counts, pool.status, try store.totals())
        let late = readiness.lateness.summary
        var text = MetricsText()
        text.gauge("turnstone_queue_length", "Checks that wait for a place.", counts.length)
        text.gauge("turnstone_queue_parked", "Of these, those whose host has no room.", counts.parked)
        text.family("turnstone_checks_in_flight", "gauge", "Checks under way, by step.")
        text.value("turnstone_checks_in_flight", ["step": "fetching"], counts.fetching)
        text.value("turnstone_checks_in_flight", ["step": "comparing"], counts.comparing)
        text.value("turnstone_checks_in_flight", ["step": "storing"], counts.storing)
        text.gauge("turnstone_checks_in_flight_limit", "FETCH_IN_FLIGHT.", queue.rules.inFlight)
        text.gauge("turnstone_workers", "Workers that there are to be.", workers.wanted)
        text.gauge("turnstone_workers_busy", "Workers that work on a page.", workers.busy)
        text.family("turnstone_workers_replaced_total", "counter", "Workers that died or hung and were replaced.")
        text.value("turnstone_workers_replaced_total", [:], workers.replaced)
        text.family("turnstone_check_late_seconds", "gauge", "How late checks of the last five minutes began.")
        for (quantile, value) in [("0.5", late.median), ("0.95", late.p95), ("1", late.most)] {
            text.value("turnstone_check_late_seconds", ["quantile": quantile], value)
        }
        text.gauge("turnstone_checks_begun_recently", "Checks that began in the last five minutes.", late.checks)
        text.gauge("turnstone_watches", "Watches.", totals.watches)
        text.gauge("turnstone_watches_paused", "Watches that are paused.", totals.paused)
        text.gauge("turnstone_watches_failing", "Watches whose last check failed.", totals.failing)
        text.gauge("turnstone_watches_unviewed", "Watches with changes that nobody has looked at.", totals.unviewed)
        text.gauge("process_resident_memory_bytes", "Resident memory.", MemoryRelease.residentBytes())
        return APIAnswer.bytes(.ok, Array(text.text.utf8), type: Self.type)
    }
}

/// Text in Prometheus' format, family by family.
private struct MetricsText {
    private(set) var text = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func value(_ name: String, _ labels: KeyValuePairs<String, String>, _ value: some CustomStringConvertible)
    {
        let pairs = labels.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
        text += pairs.isEmpty ? "\(name) \(value)\n" : "\(name){\(pairs)} \(value)\n"
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        family(name, "gauge", help)
        self.value(name, [:], value)
    }
}

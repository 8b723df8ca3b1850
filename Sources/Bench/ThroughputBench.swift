import Domain
import Foundation

/// How many checks a second: 1,000 watches of 50 KB pages, re-checked by 10 and by 50 workers.
enum ThroughputBench {
    static func run(into table: inout FigureTable) async throws {
        for workers in [10, 50] {
            for changing in [false, true] {
                let samples = try await Machine.withFolder { folder in
                    let server = try PageServer(in: folder)
                    defer { server.stop() }
                    let machine = try await Machinery(in: folder, workers: workers)
                    let watches = try await machine.add((0..<1000).map { server.address(50, changing: changing, number: $0) })
                    try await machine.checkAll(watches)
                    var samples: [Double] = []
                    for _ in 0..<5 {
                        let start = ContinuousClock.now
                        try await machine.checkAll(watches)
                        samples.append(1000 / (ContinuousClock.now - start).seconds)
                    }
                    try await machine.stop()
                    return samples
                }
                let what = changing ? "changed text" : "same bytes"
                table.add("1,000 re-checked, 50 KB, \(what), \(workers) workers", samples, "checks/s")
            }
        }
    }
}

import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Measures the Socket.IO server beside python-socketio under uvicorn and beside the least that a WebSocket server on
/// NIO has to do, all driven by the same generator.
enum SocketBench {
    private struct Figures {
        var perCPU: [Int: [Double]] = [:]
        var perSecond: [Int: [Double]] = [:]
        var delays: [Double] = []
        var acks: [Double] = []
        var acksPerCPU: [Double] = []
        var connects: [Double] = []
        var polled: [Double] = []
        var polledPerCPU: [Double] = []
        var kilobytes: [Double] = []
    }

    private static let crowds = [100, 1_000, 5_000]
    /// How many poll, and how many events each of their bursts has: no more than one answer may hold.
    private static let pollers = (crowd: 500, burst: 10)
    private static let payload = "\"" + String(repeating: "x", count: 100) + "\""

    static func run(into table: inout FigureTable) async throws {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let ours = try await measure(
            try await SocketSubject(
                "Turnstone", port: 19_701, folder + "/socketio-testapp", ["--port", "19701", "--app", "bench"]))
        let bare = try await measure(
            try await SocketSubject(
                "bare NIO", port: 19_702, polls: false, CommandLine.arguments[0], ["sockets-ceiling", "19702"]))
        let python = try await measure(
            try await SocketSubject(
                "python-socketio", port: 19_703, ".venv-bench/bin/python", ["tools/bench/python_server.py", "19703"]))
        guard let ours else {
            print("  sockets: build the product socketio-testapp first")
            return
        }
        for (name, other) in [("python-socketio", python), ("bare NIO", bare)] {
            guard let other else {
                print("  \(name) is not there")
                continue
            }
            let goal = name == "bare NIO" ? "within 1.3 of bare NIO" : "10 times python-socketio"
            for crowd in crowds {
                table.add(
                    "fan-out to \(crowd), deliveries per CPU second, against \(name)", ours.perCPU[crowd] ?? [], "/s",
                    goal: goal, reference: other.perCPU[crowd] ?? [])
                table.add(
                    "fan-out to \(crowd), deliveries per second, against \(name)", ours.perSecond[crowd] ?? [], "/s",
                    reference: other.perSecond[crowd] ?? [])
            }
            table.add("acknowledgements per second, against \(name)", ours.acks, "/s", reference: other.acks)
            table.add(
                "acknowledgements per CPU second, against \(name)", ours.acksPerCPU, "/s", reference: other.acksPerCPU)
            table.add(
                "fan-out to \(pollers.crowd) who poll, deliveries per second, against \(name)", ours.polled, "/s",
                reference: other.polled)
            table.add(
                "fan-out to \(pollers.crowd) who poll, deliveries per CPU second, against \(name)", ours.polledPerCPU,
                "/s", reference: other.polledPerCPU)
            table.add("connects per second, against \(name)", ours.connects, "/s", reference: other.connects)
            table.add(
                "resident memory per idle client, against \(name)", ours.kilobytes, "KiB", goal: "under 8 KiB of heap",
                reference: other.kilobytes)
            for (word, share) in [("p50", 0.5), ("p99", 0.99)] {
                table.add(
                    "paced event to 1000, \(word), against \(name)", [quantile(ours.delays, share)], "ms",
                    reference: [quantile(other.delays, share)])
            }
        }
    }

    private static func quantile(_ samples: [Double], _ share: Double) -> Double {
        let sorted = samples.sorted()
        return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private static func measure(_ subject: SocketSubject?) async throws -> Figures? {
        guard let subject else { return nil }
        defer { subject.stop() }
        print("  measuring \(subject.name)")
        var figures = Figures()
        try await acknowledgements(subject, &figures)
        for crowd in crowds { try await fanOut(subject, crowd, &figures) }
        if subject.polls { try await polling(subject, &figures) }
        return figures
    }

    /// Fifty clients, each with one question on its way.
    private static func acknowledgements(_ subject: SocketSubject, _ figures: inout Figures) async throws {
        let tally = LoadClient.Tally()
        var channels: [any Channel] = []
        for _ in 0..<50 { channels.append(try await LoadClient.connect(subject.port, tally, asks: true)) }
        for _ in 0..<3 {
            tally.reset()
            let (start, cpu) = (ContinuousClock.now, subject.cpuSeconds)
            try await Task.sleep(for: .seconds(1))
            let acks = Double(tally.counts.withLockedValue { $0.acks })
            figures.acks.append(acks / seconds(since: start))
            figures.acksPerCPU.append(acks / (subject.cpuSeconds - cpu))
        }
        for channel in channels { try await channel.close() }
    }

    /// A crowd that polls; what it hears is asked for by one more client, on a WebSocket.
    private static func polling(_ subject: SocketSubject, _ figures: inout Figures) async throws {
        let tally = LoadClient.Tally()
        let speaker = try await LoadClient.connect(subject.port, .init())
        var channels: [any Channel] = []
        for _ in 0..<pollers.crowd { channels.append(try await PollingClient.connect(subject.port, tally)) }
        let isSlow = subject.name == "python-socketio"
        let bursts = (isSlow ? 10_000 : 100_000) / pollers.crowd / pollers.burst
        for _ in 0..<3 {
            tally.reset()
            let (begin, cpu) = (ContinuousClock.now, subject.cpuSeconds)
            for burst in 1...bursts {
                send(speaker, count: pollers.burst)
                guard await tally.wait(for: burst * pollers.burst * pollers.crowd) else {
                    print("  \(subject.name) gave up on a crowd that polls")
                    return
                }
            }
            let deliveries = Double(bursts * pollers.burst * pollers.crowd)
            figures.polled.append(deliveries / seconds(since: begin))
            figures.polledPerCPU.append(deliveries / (subject.cpuSeconds - cpu))
        }
        // A server may have closed some of them itself.
        for channel in channels + [speaker] { channel.close(promise: nil) }
        for channel in channels + [speaker] { try? await channel.closeFuture.get() }
    }

    private static func fanOut(_ subject: SocketSubject, _ crowd: Int, _ figures: inout Figures) async throws {
        let tally = LoadClient.Tally()
        let isPaced = NIOLockedValueBox(false)
        let memory = subject.residentMegabytes
        let start = ContinuousClock.now
        let channels = try await LoadClient.connect(crowd, subject.port, tally, isPaced: isPaced)
        if crowd == crowds.last {
            figures.connects.append(Double(crowd) / seconds(since: start))
            figures.kilobytes.append((subject.residentMegabytes - memory) * 1024 / Double(crowd))
        }
        // A burst is as long as slow servers need to be measured at all, and fast ones to be seen in ticks of 10 ms.
        let isSlow = subject.name == "python-socketio"
        let size = isSlow ? 1 : 10
        let bursts = max(1, (isSlow ? 20_000 : 400_000) / crowd / size)
        for _ in 0..<3 {
            tally.reset()
            let (begin, cpu) = (ContinuousClock.now, subject.cpuSeconds)
            for burst in 1...bursts {
                send(channels[0], count: size)
                guard await tally.wait(for: burst * size * crowd) else {
                    print("  \(subject.name) gave up on a crowd of \(crowd)")
                    return
                }
            }
            let deliveries = Double(bursts * size * crowd)
            figures.perSecond[crowd, default: []].append(deliveries / seconds(since: begin))
            figures.perCPU[crowd, default: []].append(deliveries / (subject.cpuSeconds - cpu))
        }
        if crowd == 1_000 { try await pace(channels, tally, isPaced, &figures) }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    /// Twenty events, four in a second: how long until each client has heard each of them.
    private static func pace(
        _ channels: [any Channel], _ tally: LoadClient.Tally, _ isPaced: NIOLockedValueBox<Bool>,
        _ figures: inout Figures
    ) async throws {
        tally.reset()
        isPaced.withLockedValue { $0 = true }
        for event in 1...20 {
            tally.counts.withLockedValue { $0.sentAt = DispatchTime.now().uptimeNanoseconds }
            send(channels[0], count: 1)
            guard await tally.wait(for: event * channels.count) else { return }
            try await Task.sleep(for: .milliseconds(250))
        }
        figures.delays = tally.counts.withLockedValue { $0.delays }
    }

    private static func send(_ channel: any Channel, count: Int) {
        let frame = ClientText.frame("427[\"broadcast\",\"\",\(count),\(payload)]")
        channel.writeAndFlush(frame, promise: nil)
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let time = (ContinuousClock.now - start).components
        return Double(time.seconds) + Double(time.attoseconds) / 1e18
    }
}

import Domain
import Foundation
import Storage

/// Measures the store by hand: `swift run -c release StorageBench [watches]`; prints medians of each figure.
let many = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 100_000
let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "storage-bench-\(ProcessInfo.processInfo.processIdentifier)"
).path
let path = folder + "/turnstone.db"
let clock = ContinuousClock()
let start = Date(timeIntervalSince1970: 1_700_000_000)

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func microseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
}

func processTime() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}

func resident() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * 4096
}

func measure(_ name: String, runs: Int = 15, per: Int = 1, _ body: () async throws -> Void) async throws {
    var walls: [Double] = []
    var times: [Double] = []
    for _ in 0..<runs {
        let before = processTime()
        let wall = try await clock.measure { try await body() }
        times.append((processTime() - before) / Double(per))
        walls.append(microseconds(wall) / Double(per))
    }
    let spread = walls.sorted()
    print(
        name.padding(toLength: 64, withPad: " ", startingAt: 0),
        String(
            format: "%10.1f µs (%.1f–%.1f)  cpu %9.1f µs", median(walls), spread[spread.count / 10],
            spread[spread.count * 9 / 10],
            median(times)))
}

/// 10 KB in lines, of which the `edit`-th differs from the text before.
func page(_ watch: Int, edit: Int) -> [UInt8] {
    var text = ""
    for line in 0..<150 {
        let seen = edit >= line ? (edit - line) / 150 : -1
        text +=
            "Line \(line) of page \(watch): some words that a page might have, number \((line &* 2_654_435_761) % 9973) v\(seen)\n"
    }
    return Array(text.utf8)
}

func checksum(_ text: [UInt8]) -> Checksum { Checksum(bytes: Array(text.prefix(16))) }

func outcome(_ id: WatchID, at date: Date, _ decision: Verdict.Decision) -> DatedOutcome {
    DatedOutcome(
        CheckOutcome(
            watch: id, revision: 1, startedAt: date, duration: .milliseconds(80), status: 200, byteCount: 50_000,
            contentType: "text/html; charset=utf-8", etag: "\"abcdef0123456789\"",
            result: .verdict(
                Verdict(
                    decision: decision, pageChecksum: Checksum(bytes: Array(repeating: 7, count: 16)),
                    textChecksum: Checksum(bytes: Array(repeating: 9, count: 32)), title: "The page's own title"))),
        nextDue: date.addingTimeInterval(10_800))
}

var store = try Store.open(at: path)
print("resident at start", resident() >> 20, "MB")
var ids: [WatchID] = []
let filled = try await clock.measure {
    for chunk in stride(from: 0, to: many, by: 5000) {
        let new = (chunk..<min(many, chunk + 5000)).map { index in
            NewWatch(
                url:
                    "https://www.site\(index % 5000).example.com/section/\(index)/page.html?id=\(index &* 7919 % 100_003)",
                tagTitles: index % 10 == 0 ? ["tag \(index % 7)"] : [],
                firstDue: start.addingTimeInterval(Double(index % 10_800)))
        }
        ids += try await store.create(new, by: .command("bench"), now: start).map(\.id)
    }
}
print("create \(many):", filled, "resident", resident() >> 20, "MB")

var now = start
let recordAll = try await clock.measure {
    for round in 0..<2 {
        now = now.addingTimeInterval(20_000)
        for chunk in stride(from: 0, to: ids.count, by: 1000) {
            let batch = ids[chunk..<min(ids.count, chunk + 1000)].enumerated().map { offset, id in
                outcome(
                    id, at: now.addingTimeInterval(Double(chunk + offset) / 100),
                    .changed(text: Array("short text of watch \(chunk + offset) round \(round)".utf8)))
            }
            _ = try await store.record(batch)
        }
    }
}
print("two checks each, short texts:", recordAll, "resident", resident() >> 20, "MB")

var inTurn = 0
for size in [1, 10, 100, 1000] {
    try await measure("record unchanged bytes in turn, batch of \(size), per outcome", runs: 25, per: size) {
        now = now.addingTimeInterval(1)
        _ = try await store.record((0..<size).map { outcome(ids[(inTurn + $0) % many], at: now, .sameBytes) })
        inTurn += size
    }
}
for size in [1, 10, 100, 1000] {
    try await measure("record unchanged bytes at random, batch of \(size), per outcome", runs: 25, per: size) {
        now = now.addingTimeInterval(1)
        _ = try await store.record(
            (0..<size).map { _ in outcome(ids.randomElement() ?? WatchID(), at: now, .sameBytes) })
    }
}
for size in [1, 10, 100, 1000] {
    let chosen = (0..<size).map { ids[$0 * (ids.count / max(1, size))] }
    var edit = 0
    _ = try await store.record(chosen.enumerated().map { outcome($1, at: now, .changed(text: page($0, edit: 0))) })
    try await measure("record changed 10 KB, batch of \(size), per outcome", runs: 18, per: size) {
        now = now.addingTimeInterval(1)
        edit += 1
        let texts = chosen.enumerated().map { outcome($1, at: now, .changed(text: page($0, edit: edit))) }
        _ = try await store.record(texts)
    }
}
try await measure("  (of which making the texts, per text)", runs: 15, per: 100) {
    for index in 0..<100 { _ = page(index, edit: 5) }
}
try await measure("checkJob", runs: 30, per: 10000) {
    for _ in 0..<10000 { _ = try await store.checkJob(ids.randomElement() ?? WatchID()) }
}
try await measure("due, 500 rows", runs: 31) { _ = try await store.due(at: now.addingTimeInterval(1e6), limit: 500) }
try await measure("totals", runs: 31) { _ = try await store.totals() }
for order in WatchQuery.Order.allCases {
    for descending in [true, false] {
        try await measure("page, \(order) \(descending ? "descending" : "ascending")", runs: 31) {
            _ = try await store.page(WatchQuery(order: order, descending: descending))
        }
    }
}
try await measure("page, offset 50000") { _ = try await store.page(WatchQuery(offset: 50_000)) }
for state in WatchQuery.State.allCases {
    try await measure("page, \(state)") { _ = try await store.page(WatchQuery(state: state)) }
}
for search in ["site4711.", "page.html", "x", "zq", "9999", "section/77777"] {
    let found = try await store.page(WatchQuery(search: search))
    try await measure("page, search \"\(search)\" (\(found.matching)\(found.matchingIsCut ? "+" : ""))") {
        _ = try await store.page(WatchQuery(search: search))
    }
}
if let tag = try await store.tags().first {
    let found = try await store.page(WatchQuery(tag: tag.id))
    try await measure("page, tag (\(found.matching))") { _ = try await store.page(WatchQuery(tag: tag.id)) }
}
print("resident", resident() >> 20, "MB before allForAPI")
try await measure("allForAPI", runs: 3) { _ = try await store.allForAPI() }
try await measure("spreadOverdue all", runs: 3) {
    _ = try await store.spreadOverdue(at: now.addingTimeInterval(1e6), over: .seconds(600))
}
print(
    "resident", resident() >> 20, "MB; released", try await store.releaseMemory() >> 10, "KB; then", resident() >> 20,
    "MB")
try await store.optimize()
try store.close()
let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
print("file", size >> 20, "MB")
try await measure("open", runs: 15) {
    store = try Store.open(at: path)
    try store.close()
}
store = try Store.open(at: path)

// A thousand versions of one 10 KB page, each with one line edited.
let probe = try await store.create(
    [NewWatch(url: "https://probe.example/")], by: .command("bench"), now: start)[0].id
var versions = 0
for edit in 0..<1000 {
    now = now.addingTimeInterval(1)
    let recorded = try await store.record([outcome(probe, at: now, .changed(text: page(-1, edit: edit)))])
    versions += recorded[0].version == nil ? 0 : 1
}
print("versions", versions)
let history = try await store.snapshots(of: probe)
try await measure("text of a random version", runs: 200) {
    _ = try await store.text(of: probe, version: (history.randomElement() ?? history[0]).version)
}
try store.close()
print("look into", path)

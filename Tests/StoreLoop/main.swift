import Domain
import Foundation
import Storage

// A process for tests to kill: `StoreLoop record PATH` records changes without end and announces each one after its
// commit, one line with watch, version and number of the text. `StoreLoop full PATH BYTES` does the same with files
// limited to that size until the store reports that it is full, lifts the limit, records once more and ends.

/// The text with that number: long enough that deltas, whole texts and several pages occur.
func text(_ number: Int) -> [UInt8] {
    Array((0..<120).map { "line \($0) of text \($0 % 7 == number % 7 ? number : $0)\n" }.joined().utf8)
}

func announce(_ line: String) {
    // One write of less than a pipe's buffer reaches the reader whole or not at all.
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

func record(_ store: Store, _ watches: [WatchID], from number: Int) async throws {
    let now = Date(timeIntervalSince1970: 1_700_000_000 + Double(number))
    let outcomes = watches.enumerated().map { index, watch in
        let text = text(number + index)
        let verdict = Verdict(
            decision: .changed(text: text), pageChecksum: Checksum(bytes: [1]),
            textChecksum: Checksum(bytes: Array("\(number + index)".utf8)))
        return DatedOutcome(
            CheckOutcome(
                watch: watch, revision: 1, startedAt: now, duration: .milliseconds(1), status: 200,
                byteCount: text.count,
                result: .verdict(verdict)), nextDue: now.addingTimeInterval(60))
    }
    for (index, check) in try await store.record(outcomes).enumerated() {
        if let version = check.version { announce("kept \(check.watch) \(version) \(number + index)") }
    }
}

func limitFiles(to bytes: rlim_t) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    limit.rlim_cur = min(bytes, limit.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { exit(64) }
let store = try Store.open(at: arguments[2])
let new = (0..<10).map { NewWatch(url: "http://example.com/\($0)") }
let start = Date(timeIntervalSince1970: 1_700_000_000)
let watches = try await store.create(new, by: .command("store-loop"), now: start).map(\.id)
for watch in watches { announce("watch \(watch)") }
var number = 0

switch arguments[1] {
case "record":
    while true {
        number += 100
        try await record(store, watches, from: number)
    }
case "full":
    // A write beyond the limit is to fail, not to end the process.
    signal(SIGXFSZ, SIG_IGN)
    limitFiles(to: arguments.count > 3 ? rlim_t(arguments[3]) ?? 1 << 20 : 1 << 20)
    do {
        while true {
            number += 100
            try await record(store, watches, from: number)
        }
    } catch {
        announce("failed \(error)")
    }
    limitFiles(to: .max)
    try await record(store, watches, from: number + 100)
    announce("recovered")
    try store.close()
default: exit(64)
}

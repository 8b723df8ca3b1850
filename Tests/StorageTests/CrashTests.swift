import Domain
import Foundation
import GRDB
import Storage
import Testing

/// Processes that are killed, or run out of room, in the middle of recording.
@Suite("Crashes")
struct CrashTests {
    /// What a process has announced: every line ends with a line feed, so a last one that was cut is left out.
    private struct Announced {
        var watches: [WatchID] = []
        var kept: [(watch: WatchID, version: SnapshotVersion, number: Int)] = []
        var others: [String] = []

        init(_ output: Data) {
            let text = String(decoding: output, as: UTF8.self)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.split(separator: " ").map(String.init)
                if words.first == "watch", words.count == 2, let id = WatchID(words[1]) {
                    watches.append(id)
                } else if words.first == "kept", words.count == 4, let id = WatchID(words[1]),
                    let version = SnapshotVersion(words[2]),
                    let number = Int(words[3])
                {
                    kept.append((id, version, number))
                } else {
                    others.append(String(line))
                }
            }
        }
    }

    private static func text(_ number: Int) -> [UInt8] {
        Array((0..<120).map { "line \($0) of text \($0 % 7 == number % 7 ? number : $0)\n" }.joined().utf8)
    }

    private static var program: URL {
        get throws {
            // The test bundle and the program stand in the same folder of the build.
            let folders = [Bundle.main.executableURL, URL(fileURLWithPath: CommandLine.arguments[0])].compactMap {
                $0?.deletingLastPathComponent()
            }
            let found = folders.map { $0.appendingPathComponent("StoreLoop") }
                .first { FileManager.default.isExecutableFile(atPath: $0.path) }
            return try #require(found, "StoreLoop was not built beside \(CommandLine.arguments[0])")
        }
    }

    /// Runs the program until it has written `lines` lines, kills it, and answers all that it wrote; runs it to its end
    /// when nil.
    private static func run(_ arguments: [String], killAfter lines: Int?) async throws -> Data {
        let program = try program
        return try await withCheckedThrowingContinuation { continuation in
            // A thread of its own, as reading from a pipe blocks.
            Thread {
                let process = Process()
                process.executableURL = program
                process.arguments = arguments
                let pipe = Pipe()
                process.standardOutput = pipe
                do {
                    try process.run()
                    var output = Data()
                    var seen = 0
                    var room = [UInt8](repeating: 0, count: 65536)
                    while true {
                        let count = read(pipe.fileHandleForReading.fileDescriptor, &room, room.count)
                        if count < 0, errno == EINTR { continue }
                        if count <= 0 { break }
                        output.append(contentsOf: room[0..<count])
                        seen += room[0..<count].count { $0 == UInt8(ascii: "\n") }
                        if let lines, seen >= lines { kill(process.processIdentifier, SIGKILL) }
                    }
                    process.waitUntilExit()
                    continuation.resume(returning: output)
                } catch {
                    continuation.resume(throwing: error)
                }
            }.start()
        }
    }

    private static func expectAll(_ announced: Announced, in store: Store) async throws {
        let ids = try await store.ids(matching: WatchQuery(limit: 1000))
        #expect(Set(announced.watches).isSubset(of: ids))
        for (watch, version, number) in announced.kept {
            let text = try await store.text(of: watch, version: version)
            #expect(text == Self.text(number), "text \(number) of \(watch)")
        }
        // A batch is ten outcomes: each watch has as many snapshots as the others.
        let rows = try await store.rows(announced.watches)
        #expect(Set(rows.map(\.historyCount)).count == 1)
        try await store.quickCheck()
    }

    @Test("what was announced is there after kill -9", arguments: [15, 60, 333, 1200])
    func killed(lines: Int) async throws {
        let folder = Fixture.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/turnstone.db"
        let announced = Announced(try await Self.run(["record", path], killAfter: lines))
        #expect(announced.watches.count == 10 && announced.kept.count >= lines - 20)

        let store = try Store.open(at: path)
        try await Self.expectAll(announced, in: store)
        let integrity = try await DatabaseQueue(path: path).read { db in
            try String.fetchAll(db, sql: "PRAGMA integrity_check")
        }
        #expect(integrity == ["ok"])
        try store.close()
    }

    @Test("a disk that takes no more is reported, loses nothing that was announced, and is got over")
    func refusingDisk() async throws {
        let folder = Fixture.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/turnstone.db"
        let announced = Announced(try await Self.run(["full", path, "1500000"], killAfter: nil))
        try #require(announced.others.count == 2, "\(announced.others)")
        #expect(announced.others[0] == "failed \(StoreError.disk(778))")
        #expect(announced.others[1] == "recovered")
        let store = try Store.open(at: path)
        try await Self.expectAll(announced, in: store)
        try store.close()
    }
}

import Foundation
import TestSupport
import Testing

@testable import Domain

@Suite("Jobs and outcomes on their way to another machine")
struct CheckCodingTests {
    @Test("what is written down is read as it was", arguments: 0..<50)
    func roundTrip(round: Int) throws {
        let seed = UInt64.random(in: 0..<UInt64.max)
        var chance = RandomChecks(random: SeededGenerator(seed: seed))
        let job = chance.job()
        #expect(try CheckJob(encoded: job.encoded()) == job, "seed \(seed)")
        let outcome = chance.outcome()
        #expect(try CheckOutcome(encoded: outcome.encoded()) == outcome, "seed \(seed)")
    }

    @Test("a whole job of a plain watch takes about a kilobyte, and a text little more than itself")
    func size() throws {
        var previous = PreviousCheck(etag: "\"5f3-1\"", pageChecksum: Checksum(bytes: Array(repeating: 7, count: 16)))
        func job() -> CheckJob {
            CheckJob(
                watch: WatchID(), url: "https://example.org/", revision: 1, moment: Date(), settings: WatchSettings(),
                shared: Settings(), previous: previous, consecutiveFailures: 0, nextDue: nil)
        }
        let plain = try job().encoded().count
        #expect(plain < 1500)
        previous.lastText = Array(repeating: 65, count: 100_000)
        #expect(try job().encoded().count - plain < 100_500)
    }

    /// What another version of the program might write: the same, but for the number.
    private func rewritten(_ data: Data, format: Int) throws -> Data {
        var form = try #require(
            try PropertyListSerialization.propertyList(
                from: data.dropFirst(CheckCoding.checksumBytes), options: [], format: nil) as? [String: Any])
        form["format"] = format
        return CheckCoding.checksummed(
            try PropertyListSerialization.data(fromPropertyList: form, format: .binary, options: 0))
    }

    @Test("what another version wrote is refused, with both versions named", arguments: [0, 2, 77])
    func versions(version: Int) throws {
        var chance = RandomChecks(random: SeededGenerator(seed: 7))
        let error = CheckCodingError.otherVersion(theirs: version, ours: CheckCoding.version)
        let job = try rewritten(chance.job().encoded(), format: version)
        #expect(throws: error) { try CheckJob(encoded: job) }
        let outcome = try rewritten(chance.outcome().encoded(), format: version)
        #expect(throws: error) { try CheckOutcome(encoded: outcome) }
        #expect(error.description.contains("\(version)") && error.description.contains("\(CheckCoding.version)"))
    }

    @Test("what is larger than the limit is neither written nor read")
    func tooLarge() throws {
        var chance = RandomChecks(random: SeededGenerator(seed: 8))
        var outcome = chance.outcome()
        outcome.body = Array(repeating: 0, count: CheckCoding.mostBytes + 1)
        #expect(throws: CheckCodingError.self) { try outcome.encoded() }
        // The content fits and what is around it does not.
        outcome.result = .notModified
        outcome.body?.removeLast()
        do {
            _ = try outcome.encoded()
            Issue.record("it was written")
        } catch CheckCodingError.tooLarge(let bytes, let most) {
            #expect(bytes > most && most == CheckCoding.mostBytes)
        }
        let large = Data(count: CheckCoding.mostBytes + 1)
        #expect(throws: CheckCodingError.tooLarge(bytes: large.count, most: CheckCoding.mostBytes)) {
            try CheckJob(encoded: large)
        }
    }

    @Test("bytes that were cut or damaged are refused, and never end the program", arguments: 0..<20)
    func damaged(round: Int) throws {
        let seed = UInt64.random(in: 0..<UInt64.max)
        var random = SeededGenerator(seed: seed)
        var chance = RandomChecks(random: random)
        let whole = try chance.outcome().encoded()
        #expect(throws: CheckCodingError.self, "seed \(seed)") { try CheckOutcome(encoded: Data()) }
        #expect(throws: CheckCodingError.self, "seed \(seed)") {
            try CheckOutcome(encoded: whole.prefix(Int.random(in: 0..<whole.count, using: &random)))
        }
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard bytes != whole else { continue }
            #expect(throws: CheckCodingError.self, "seed \(seed)") { try CheckOutcome(encoded: bytes) }
        }
    }
}

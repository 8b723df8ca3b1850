import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Synchronization
import Testing

@testable import Monitor

/// Every scenario of the recorder over a disk of which each write, flush, opening and so on fails, once each.
///
/// One after the other, since all other tests are to have the second core.
@Suite("The recorder on a disk that fails", .serialized)
struct RecorderFaultTests {
    /// In memory where there is such a folder: a flush costs nothing there.
    private static let place =
        FileManager.default.fileExists(atPath: "/dev/shm")
        ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory

    /// An empty database of today's schema, of which each run has a copy.
    private static let template: Result<Data, any Error> = Result {
        let folder = place.appending(path: "recorder-template-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "test.db").path
        try Store.open(at: path).close()
        return try Data(contentsOf: URL(filePath: path))
    }

    /// Nobody needs more calls of one kind; a fault that never fails to come is one that never ends.
    private static let most = 2000

    @Test(
        "announces nothing that is not stored, damages nothing, and goes on, whichever call fails",
        arguments: RecorderScenario.all, StoreFaults.Fault.all)
    func each(scenario: RecorderScenario, fault: StoreFaults.Fault) async throws {
        for number in 1...Self.most {
            guard try await Self.isHit(scenario, fault, at: number) else { return }
        }
        Issue.record("\(fault): more than \(Self.most) times")
    }

    private static func isHit(
        _ scenario: RecorderScenario, _ fault: StoreFaults.Fault, at number: Int
    ) async throws -> Bool {
        let folder = place.appending(path: "recorder-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try template.get().write(to: folder.appending(path: "test.db"))
        let faults = StoreFaults(in: folder.path)
        defer { faults.remove() }
        let scene = try RecorderScene(scenario.options, folder: folder, faults: faults)
        faults.arm(fault, at: number)
        do {
            try await scenario.run(scene)
        } catch {
            Issue.record("\(scenario.name), \(fault), the \(number)th: \(error)")
        }
        let isHit = faults.disarm()
        await goesOn(scene, "\(fault), the \(number)th")
        await scene.stopWinding()
        try scene.store.close()
        #expect(scene.untrue.all.withLock { $0 } == [], "\(fault), the \(number)th")
        let check = DatabaseCheck(of: folder.appending(path: "test.db").path)
        #expect(check.findings == [], "\(fault), the \(number)th")
        return isHit
    }

    /// What comes after the fault is stored as if there had been none.
    private static func goesOn(_ scene: RecorderScene, _ what: String) async {
        do {
            let watch = try await scene.add(1)[0]
            let before = await scene.recorder.recordedCount
            try await scene.record(watch)
            await scene.flush()
            #expect(await scene.recorder.recordedCount == before + 1, "\(what)")
            #expect(await scene.recorder.trouble == nil, "\(what)")
            #expect(try await scene.store.watch(watch)?.state.checkCount == 1, "\(what)")
        } catch {
            Issue.record("after \(what): \(error)")
        }
    }
}

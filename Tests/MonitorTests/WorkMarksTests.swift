import Domain
import Foundation
import Testing

@testable import Monitor

@Suite("What was worked on when the program died")
struct WorkMarksTests {
    private func withFile(_ body: (String) throws -> Void) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "marks-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try body(file)
    }

    @Test("is known to the next program, and what had ended is not")
    func left() throws {
        try withFile { file in
            let (ended, working, other) = (WatchID(), WatchID(), WatchID())
            let marks = try #require(WorkMarks(at: file))
            #expect(marks.left.isEmpty)
            let mark = try #require(marks.begin(ended))
            _ = marks.begin(working)
            marks.end(mark)
            _ = marks.begin(other)
            let next = try #require(WorkMarks(at: file))
            #expect(Set(next.left) == [working, other])
            let third = WatchID()
            _ = next.begin(third)
            let last = try #require(WorkMarks(at: file))
            #expect(Set(last.left) == [working, other, third], "until that is stored elsewhere")
            last.clear()
            #expect(try #require(WorkMarks(at: file)).left.isEmpty)
        }
    }

    @Test("more than there are slots go unmarked, and a slot is used again")
    func full() throws {
        try withFile { file in
            let marks = try #require(WorkMarks(at: file))
            let all = (0..<WorkMarks.slots).compactMap { _ in marks.begin(WatchID()) }
            #expect(all.count == WorkMarks.slots)
            #expect(marks.begin(WatchID()) == nil)
            marks.end(all[7])
            #expect(marks.begin(WatchID()) != nil)
        }
    }

    @Test("where no file can be made nothing is marked")
    func noFile() {
        #expect(WorkMarks(at: "/proc/no-file-here") == nil)
    }
}

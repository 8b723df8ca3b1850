import Domain
import Testing

@testable import Detection

@Suite("Only some kinds of difference")
struct KindsOfDifferenceTests {
    private let processor = TextProcessor()

    /// One watch from check to check, as the recorder keeps it.
    private final class Watched {
        var settings = DetectionSettings()
        private var previous = PreviousCheck()
        private let processor = TextProcessor()

        func check(_ text: String) throws -> Verdict {
            let page = FetchedPage(status: 200, finalURL: "", contentType: "text/plain", body: Array(text.utf8))
            let verdict = try processor.verdict(on: page, settings: settings, previous: previous)
            previous.pageChecksum = verdict.pageChecksum
            previous.textChecksum = verdict.textChecksum ?? previous.textChecksum
            previous.lastText = verdict.lastText ?? previous.lastText
            return verdict
        }

        func isChange(_ text: String) throws -> Bool {
            if case .changed = try check(text).decision { true } else { false }
        }
    }

    private func watched(added: Bool = false, removed: Bool = false, replaced: Bool = false) throws -> Watched {
        let watched = Watched()
        watched.settings.countsAdded = added
        watched.settings.countsRemoved = removed
        watched.settings.countsReplaced = replaced
        #expect(try watched.isChange("a\nb\nc"))
        return watched
    }

    @Test("only added lines: a removed one is no change, and coming back it is an added one")
    func added() throws {
        let watched = try watched(added: true)
        #expect(try !watched.isChange("a\nc"))
        #expect(try !watched.isChange("a"))
        #expect(try watched.isChange("a\nc"))
        #expect(try watched.isChange("a\nc\nd"))
        #expect(try !watched.isChange("d"))
    }

    @Test("only removed lines")
    func removed() throws {
        let watched = try watched(removed: true)
        #expect(try !watched.isChange("a\nb\nc\nd"))
        #expect(try watched.isChange("a\nc\nd"))
    }

    @Test("only rewritten lines")
    func replaced() throws {
        let watched = try watched(replaced: true)
        #expect(try !watched.isChange("a\nb\nc\nd"))
        #expect(try watched.isChange("a\nB b\nc\nd"))
        #expect(try !watched.isChange("a\nB b\nc"))
    }

    @Test("the snapshot is the whole page, not the difference")
    func whole() throws {
        let watched = try watched(added: true)
        #expect(try watched.check("a\nb\nc\nnew").decision == .changed(text: Array("a\nb\nc\nnew".utf8)))
    }

    @Test("triggers look at the difference only, and what they hold back counts once it is let go")
    func triggers() throws {
        let watched = try watched(added: true)
        watched.settings.triggerText = ["sale"]
        #expect(try watched.check("sale\na\nb\nc").isBlocked == false)
        #expect(try watched.check("sale\na\nb\nc\nd").isBlocked)
        #expect(try watched.isChange("sale\na\nb\nc\nd\nsale 2"))
    }

    @Test("an added line that is ignored is no change")
    func ignored() throws {
        let watched = try watched(added: true)
        watched.settings.ignoreText = ["clock"]
        _ = try watched.check("a\nb\nc\nclock 0")
        #expect(try !watched.isChange("a\nb\nclock 1"))
        #expect(try watched.isChange("a\nb\nclock 1\nnews"))
    }
}

import Domain
import Foundation
import HTTPTypes
import Monitor
import Storage
import Testing

@testable import App
@testable import Pages

/// The page's scripts word and draw rows a second time, besides the server's templates: both must say the same.
@Suite("A live row", .serialized)
struct LiveRowTests {
    /// A row as the script has drawn it and as the server renders it now, each as a tree of elements with all their
    /// attributes and texts, without what moves with the clock.
    private static let reading = """
        (async (uuid) => {
          const soon = Date.now() / 1000 + 120;
          const told = (node) => {
            if (node.nodeType !== Node.ELEMENT_NODE) return node.data.trim();
            // Nobody sees what stands in there.
            if (node.hidden) return "hidden";
            const attributes = Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value]));
            if (node.classList.contains("fresh")) attributes.class = attributes.class.replace(/ ?fresh/, "");
            if (attributes.class === "") delete attributes.class;
            if (node.tagName === "TIME") {
              const moment = Math.floor(Date.parse(node.dateTime) / 1000);
              return node.closest("[data-at=next]") && moment < soon ? "soon" : moment;
            }
            const inside = [...node.childNodes].map(told).filter((child) => child !== "");
            return [node.tagName, Object.entries(attributes).sort(), inside];
          };
          // An event may still be on its way when the server renders what it tells of.
          for (let rest = 100; ; rest -= 1) {
            const answer = await fetch("/?partial=rows");
            const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
            const pair = [document, fresh].map((page) => JSON.stringify(told(page.getElementById(`w-${uuid}`)), null, 1));
            if (pair[0] === pair[1] || rest === 0) return pair;
            await new Promise(requestAnimationFrame);
          }
        })
        """

    /// A row that comes to say something while the page is open.
    private struct Row: Sendable {
        let kind: RowState.Kind
        /// Of a check that runs.
        var step: CheckStep?
        let watch: WatchID

        var path: String { "/\(kind.rawValue)-\(step?.rawValue ?? "")" }
        /// True in the browser once the row says it.
        var isShown: String {
            let row = "document.getElementById('w-\(watch)')"
            let step = step.map { " && \(row).querySelector('.detail').textContent === '\($0.text)'" } ?? ""
            return "\(row)?.dataset.kind === '\(kind.rawValue)'\(step)"
        }
    }

    /// One row for every state that the code knows: a new one does not compile until it is reached here too.
    private func rows(_ stage: Stage) async throws -> [Row] {
        var rows: [Row] = []
        for kind in RowState.Kind.allCases {
            for step in kind == .checking ? CheckStep.allCases.map(Optional.some) : [nil] {
                let path = Row(kind: kind, step: step, watch: WatchID()).path
                stage.site.put(path, title: "It is \(kind)", "<p>one</p>")
                // Not by the clock while the test runs: whatever happens to it is said below.
                let watch = NewWatch(
                    url: stage.page(path), title: "<b>\"\(kind)\" & \u{1F426}</b>",
                    firstDue: Date(timeIntervalSinceNow: 1_000_000))
                let made = try await stage.program.store.create([watch], by: .command("test"), now: Date())
                rows.append(Row(kind: kind, step: step, watch: made[0].id))
            }
        }
        return rows
    }

    /// What was before the page was opened: one check, for all that a first check does not lead to.
    private func wasChecked(_ kind: RowState.Kind) -> Bool {
        switch kind {
        case .unchanged, .changed, .failed, .paused, .queued: true
        case .new, .first, .checking: false
        }
    }

    /// Brings the row's watch into its state by what leads there when the program runs.
    private func bringAbout(_ row: Row, _ stage: Stage, _ browser: Browser) async throws {
        let program = stage.program
        switch row.kind {
        case .new:
            // Asked for, and taken out again before its turn.
            await program.queue.push(
                [
                    QueuedCheck(
                        watch: row.watch, host: "127.0.0.1:\(stage.sitePort)", priority: .person, enqueuedAt: Date())
                ])
            try await browser.wait("document.getElementById('w-\(row.watch)').dataset.kind === 'queued'")
            await program.queue.remove([row.watch])
        case .first, .unchanged, .queued: try await program.actions.asked(by: .command("test")).recheck([row.watch])
        case .changed:
            stage.site.put(row.path, title: "It changes", "<p>two</p>")
            try await program.actions.asked(by: .command("test")).recheck([row.watch])
        case .failed:
            stage.site.put(row.path, FixtureSite.Page(status: .notFound, body: "gone"))
            try await program.actions.asked(by: .command("test")).recheck([row.watch])
        case .paused: try await program.actions.asked(by: .command("test")).setPaused([row.watch], true)
        case .checking:
            stage.site.hold(row.path)
            try await program.actions.asked(by: .command("test")).recheck([row.watch])
            try await browser.wait("document.getElementById('w-\(row.watch)').dataset.kind === 'checking'")
            if let step = row.step { program.bus.publish(.watch(row.watch, .step(step))) }
        }
    }

    private func expectSame(_ row: Row, _ browser: Browser, _ when: String) async throws {
        let pair = try await browser.do("eval", ["expression": "\(Self.reading)('\(row.watch)')"]) as? [String]
        #expect(try #require(pair?.first) == #require(pair?.last), "\(row.path) \(when)")
    }

    @Test("what the script has drawn is what the server renders, in every state")
    func everyState() async throws {
        let steps = CheckStep.allCases.count
        try await Stage.run(["FETCH_WORKERS": "\(steps)", "FETCH_PER_HOST": "\(steps)"]) { stage in
            let rows = try await self.rows(stage)
            defer { for row in rows { stage.site.release(row.path) } }
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/")
            for row in rows where wasChecked(row.kind) {
                try await stage.program.actions.asked(by: .command("test")).recheck([row.watch])
            }
            for row in rows where wasChecked(row.kind) {
                try await browser.wait(Row(kind: .first, watch: row.watch).isShown)
            }
            // From here on the server's drawing is on the screen, and all else comes to it by events.
            try await browser.do("goto", ["url": stage.address + "/"])
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            try await browser.do("eval", ["expression": "window.sameDocument = true"])
            func comes(_ some: (Row) -> Bool) async throws {
                for row in rows where some(row) { try await bringAbout(row, stage, browser) }
                for row in rows where some(row) { try await browser.wait(row.isShown) }
            }
            // The checks that are held take all that their host allows, so that what is asked for after them waits.
            try await comes { ![.checking, .queued, .new].contains($0.kind) }
            try await comes { $0.kind == .checking }
            try await comes { [.queued, .new].contains($0.kind) }
            for row in rows {
                try await expectSame(row, browser, "at first")
                // Nothing has led out of the state meanwhile.
                #expect(try await browser.do("eval", ["expression": row.isShown]) as? Bool == true, "\(row.path)")
            }

            // Whatever it says, its name, address and tags may change, it may be paused, and go on.
            for (isPaused, tags) in [(true, "one, <two> & \"three\""), (false, "")] {
                for row in rows {
                    let fields: [String: any Sendable] = [
                        "title": "Named \(isPaused)", "url": stage.page(row.path + "?\(isPaused)"), "tag": tags,
                        "paused": isPaused,
                    ]
                    let answer = try await stage.ask("PUT", "/api/v1/watch/\(row.watch)", json: fields)
                    #expect(answer.status == 200, "\(answer.body)")
                }
                for row in rows {
                    let shown = "document.getElementById('w-\(row.watch)')"
                    try await browser.wait(
                        """
                        \(shown).querySelector('.label').textContent === 'Named \(isPaused)'
                          && \(shown).hasAttribute('data-paused') === \(isPaused)
                        """)
                    try await expectSame(row, browser, "paused: \(isPaused)")
                }
            }
            try await stage.program.actions.asked(by: .command("test")).markAllViewed()
            for row in rows where row.kind == .changed {
                try await browser.wait("!document.getElementById('w-\(row.watch)').hasAttribute('data-unread')")
                try await expectSame(row, browser, "read")
            }
            #expect(try await browser.do("eval", ["expression": "window.sameDocument"]) as? Bool == true)
            let complaints = try await browser.do("errors") as? [String] ?? []
            #expect(complaints.isEmpty, "\(complaints)")
        }
    }

    @Test("a watch's page follows an edit, and says when the versions on it are gone")
    func head() async throws {
        try await Stage.run { stage in
            stage.site.put("/a", title: "A", "<p>one</p>")
            let uuid = try await stage.add("/a")
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/watch/\(uuid)")
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            try await browser.wait(kind(uuid, "first"))
            try await browser.do("goto", ["url": stage.address + "/watch/\(uuid)"])
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            _ = try await stage.ask("PUT", "/api/v1/watch/\(uuid)", json: ["tag": "prices"])
            try await browser.wait("document.querySelector('.head .tag')?.textContent === 'prices'")
            let pair = try await browser.do("eval", ["expression": Self.headReading]) as? [String]
            #expect(pair?.first == pair?.last)
            #expect(pair?.first?.contains("prices") == true)
            stage.site.hold("/a")
            defer { stage.site.release("/a") }
            _ = try await stage.ask("DELETE", "/api/v1/watch/\(uuid)/history")
            try await browser.wait("!document.getElementById('history-cleared').hidden")
            #expect(
                try await browser.do("eval", ["expression": "document.getElementById('newer-version').hidden"]) as? Bool
                    == true)
        }
    }

    /// The line under the name as it is on the screen and as the server renders it.
    private static let headReading = """
        (async () => {
          const answer = await fetch(location.href);
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          return [document, fresh].map((page) => page.querySelector(".head .where").innerHTML);
        })()
        """

    private func kind(_ uuid: String, _ kind: String) -> String {
        "document.getElementById('w-\(uuid)')?.dataset.kind === '\(kind)'"
    }
}

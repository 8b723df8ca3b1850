import Foundation
import Testing

@testable import App

/// What a person sees, in a real browser on the real page.
@Suite("A browser", .serialized)
struct BrowserTests {
    private func row(_ uuid: String) -> String { "document.querySelector('[data-uuid=\"\(uuid)\"]')" }

    @Test("a person adds a page, sees it checked, and sees it change without touching anything")
    func live() async throws {
        try await Stage.run { stage in
            stage.site.put("/price", title: "Kettle", "<h1>Kettle</h1><p>Price: 29 euro</p>")
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/")
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            try await browser.do("fill", ["selector": "#add-url", "value": stage.page("/price")])
            try await browser.do("click", ["selector": "form.add button.primary"])
            try await browser.wait("document.querySelector('[data-uuid][data-kind=\"first\"]') !== null")
            let uuid = try #require(
                try await browser.do("eval", ["expression": "document.querySelector('[data-uuid]').dataset.uuid"])
                    as? String)

            // Somebody else asks for the check; this page only looks on.
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            stage.site.put("/price", title: "Kettle", "<h1>Kettle</h1><p>Price: 24 euro</p>")
            _ = try await stage.ask("GET", "/api/v1/watch/\(uuid)?recheck=1")
            try await browser.wait("\(row(uuid)).dataset.kind === 'changed'")

            try await browser.do("goto", ["url": stage.address + "/diff/\(uuid)"])
            try await browser.wait(
                "document.body.innerText.includes('24 euro') && document.body.innerText.includes('29 euro')")
            let complaints = try await browser.do("errors") as? [String] ?? []
            #expect(complaints.isEmpty, "\(complaints)")
        }
    }

    @Test("an open page tells why each new check told a change or not, and what settings would make of a version")
    func reasons() async throws {
        try await Stage.run { stage in
            stage.site.put("/stock", title: "Kettle", "<p>Kettle</p><p>in stock</p>")
            let uuid = try await stage.add("/stock", ["trigger_text": ["sold out"]])
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/")
            try await browser.wait("\(row(uuid))?.dataset.kind === 'first'")
            try await browser.do("goto", ["url": stage.address + "/watch/\(uuid)"])
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            let reason = "document.querySelector('main > .reason').innerText"
            try await browser.wait("\(reason).includes('First version stored')")
            stage.site.put("/stock", title: "Kettle", "<p>Kettle</p><p>2 left</p>")
            _ = try await stage.ask("GET", "/api/v1/watch/\(uuid)?recheck=1")
            try await browser.wait("\(reason).includes('No change: no line matches the trigger text.')")

            try await browser.do("goto", ["url": stage.address + "/edit/\(uuid)"])
            try await browser.do("fill", ["selector": "#trigger_text", "value": "in stock"])
            try await browser.do("click", ["selector": "#try button"])
            try await browser.wait(
                "document.querySelector('.trial')?.innerText.includes('as the first version') === true")
            let typed = try await browser.do("eval", ["expression": "document.querySelector('#trigger_text').value"])
            #expect(typed as? String == "in stock")
            let complaints = try await browser.do("errors") as? [String] ?? []
            #expect(complaints.isEmpty, "\(complaints)")
        }
    }

    @Test("the pause button pauses and lets go on again, over the socket")
    func pause() async throws {
        try await Stage.run { stage in
            stage.site.put("/page", title: "Page", "<p>one</p>")
            let uuid = try await stage.add("/page")
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/")
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            try await browser.do("eval", ["expression": "window.sameDocument = true"])
            for (op, isPaused) in [("pause", true), ("unpause", false)] {
                try await browser.do("click", ["selector": "[data-uuid=\"\(uuid)\"] [data-op=\(op)]"])
                try await browser.wait("(\(row(uuid)).dataset.kind === 'paused') === \(isPaused)")
                let watch = try await stage.ask("GET", "/api/v1/watch/\(uuid)")
                #expect(watch.object["paused"] as? Bool == isPaused)
            }
            #expect(try await browser.do("eval", ["expression": "window.sameDocument"]) as? Bool == true)
        }
    }

    @Test("after a restart of the server the open page is right again without a reload")
    func reconnect() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "reconnect-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appending(path: "stage.db")
        let browser = try Outside.browser()
        var uuid = ""
        var port = 0
        try await Stage.run(database: database) { stage in
            stage.site.put("/page", title: "Page", "<p>one</p>")
            uuid = try await stage.add("/page")
            port = stage.port
            try await browser.open(stage.address + "/")
            try await browser.wait("\(row(uuid)) && \(row(uuid)).dataset.kind === 'first'")
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            try await browser.do("eval", ["expression": "window.sameDocument = true"])
        }
        try await browser.wait("document.querySelector('#connection').dataset.state !== 'live'")
        try await Stage.run(["CHANGEDETECTION_PORT": String(port)], database: database) { stage in
            let paused = try await stage.ask("GET", "/api/v1/watch/\(uuid)?paused=paused")
            #expect(paused.status == 200)
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            try await browser.wait("\(row(uuid)).dataset.kind === 'paused'")
            #expect(try await browser.do("eval", ["expression": "window.sameDocument"]) as? Bool == true)
        }
    }

    @Test("what an update says is not undone by an answer that it overtook")
    func overtaken() async throws {
        try await Stage.run { stage in
            stage.site.put("/page", title: "Page", "<p>one</p>")
            let uuid = try await stage.add("/page")
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/healthz")
            try await browser.do("overtake")
            try await browser.do("goto", ["url": stage.address + "/"])
            // Live is said after the answer has been drawn, and a row is drawn in the frame after that.
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            try await browser.do(
                "eval", ["expression": "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"])
            for (shown, expected) in [
                ("\(row(uuid)).querySelector('.label').textContent", "Overtaken"),
                ("document.querySelector('#queue-length').textContent", "77"),
                ("document.querySelector('#running').textContent", "78"),
                ("document.querySelector('[data-count=unread]').textContent", "79"),
            ] {
                #expect(try await browser.do("eval", ["expression": shown]) as? String == expected)
            }
        }
    }

    @Test("everything works without scripts")
    func withoutScripts() async throws {
        try await Stage.run { stage in
            stage.site.put("/plain", title: "Plain", "<p>one</p>")
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/", script: false)
            try await browser.do("fill", ["selector": "#add-url", "value": "not an address"])
            try await browser.do("click", ["selector": "form.add button.primary"])
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true, "list": true]])
            _ = try await client.next { $0["ack"] != nil }
            try await browser.do("fill", ["selector": "#add-url", "value": stage.page("/plain")])
            try await browser.do("click", ["selector": "form.add button.primary"])
            _ = try await client.next { message in
                let watch = (message["data"] as? [String: Any])?["watch"] as? [String: Any]
                return watch?["result"] as? String == "first"
            }
            let list = try await stage.ask("GET", "/api/v1/watch")
            #expect(list.object.count == 1, "the bad address was not stored")
        }
    }
}

import Foundation
import Testing

@testable import App

/// The page's scripts word and draw rows a second time, besides the server's templates: both must say the same.
@Suite("A live row", .serialized)
struct LiveRowTests {
    /// What a row says, without what moves with the clock; taken of the row on the screen and of the same row as the server renders it.
    private static let reading = """
        (async (uuid) => {
          const read = (row) => ({
            kind: row.dataset.kind, unread: row.hasAttribute("data-unread"), paused: row.hasAttribute("data-paused"),
            texts: [".word", ".detail", ".label", ".unread", ".why"].map((name) => row.querySelector(name).textContent),
            where: [row.querySelector(".where").innerHTML],
            label: [row.querySelector(".label").getAttribute("href"), row.querySelector(".label").title],
            times: ["checked", "changed", "next"].map((name) => {
              const place = row.querySelector(`[data-at=${name}]`);
              return place.querySelector("time") ? Math.round(Date.parse(place.querySelector("time").dateTime) / 1000) : place.textContent;
            }).slice(0, 2),
            nextHidden: row.querySelector(".next").hidden,
            bars: [...row.querySelectorAll(".bars path")].map((path) => `${path.getAttribute("class")} ${path.getAttribute("d")}`),
            barsInWords: row.querySelector(".bars").getAttribute("aria-label"),
            buttons: [...row.querySelectorAll("button")].map((button) =>
              [button.dataset.op, button.getAttribute("formaction"), button.title, button.getAttribute("aria-labelledby"),
                button.querySelector("use").getAttribute("href")].join(" ")),
          });
          const answer = await fetch("/?partial=rows");
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          const pair = [document, fresh].map((page) => read(page.getElementById(`w-${uuid}`)));
          return pair.map((row) => JSON.stringify(row));
        })
        """

    @Test("what was drawn live is what the server renders, in every state")
    func same() async throws {
        try await Stage.run { stage in
            stage.site.put("/changes", title: "It changes", "<p>one</p>")
            stage.site.put("/calm", title: "It stays", "<p>calm</p>")
            stage.site.put("/plain", title: "Once", "<p>once</p>")
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/")
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")

            // All of this comes to the open page by events.
            let changes = try await stage.add("/changes", ["title": "<b>\"quoted\" & \u{1F426}</b>"])
            let calm = try await stage.add("/calm")
            let gone = try await stage.add("/gone")
            let paused = try await stage.add("/plain")
            for uuid in [changes, calm, paused] { try await browser.wait(kind(uuid, "first")) }
            try await browser.wait(kind(gone, "failed"))
            stage.site.put("/changes", title: "It changes", "<p>two</p>")
            for uuid in [changes, calm] { _ = try await stage.ask("GET", "/api/v1/watch/\(uuid)?recheck=1") }
            _ = try await stage.ask("GET", "/api/v1/watch/\(paused)?paused=paused")
            try await browser.wait(kind(changes, "changed"))
            try await browser.wait(kind(calm, "unchanged"))
            try await browser.wait(kind(paused, "paused"))

            // What is edited elsewhere comes by events too.
            _ = try await stage.ask(
                "PUT", "/api/v1/watch/\(paused)", json: ["url": stage.page("/calm"), "tag": "one, <two> & \"three\""])
            try await browser.wait(
                "document.querySelectorAll('#w-\(paused) .tag').length === 2 && document.querySelector('#w-\(paused) .address').href.endsWith('/calm')"
            )

            // One is looked at while it is checked.
            let slow = try await stage.add("/changes", ["title": "slow"])
            try await browser.wait(kind(slow, "first"))
            stage.site.hold("/changes")
            _ = try await stage.ask("GET", "/api/v1/watch/\(slow)?recheck=1")
            try await browser.wait(kind(slow, "checking"))
            defer { stage.site.release("/changes") }

            for uuid in [changes, calm, gone, paused, slow] {
                let pair = try await browser.do("eval", ["expression": "\(Self.reading)('\(uuid)')"]) as? [String]
                let (live, rendered) = try (#require(pair?.first), #require(pair?.last))
                #expect(live == rendered)
            }
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

import Foundation
import Testing

@testable import App

/// The whole program watches pictures, and a real browser shows what became of them.
@Suite("Pictures end to end", .serialized)
struct PictureTests {
    /// A picture of 200 × 120 pixels, grey but for these rectangles, as the browser encodes it.
    private func painted(
        _ type: String, _ rectangles: [(colour: String, box: [Int])], by browser: Browser
    ) async throws -> [UInt8] {
        let drawing = rectangles.map {
            "x.fillStyle='\($0.colour)';x.fillRect(\($0.box.map(String.init).joined(separator: ",")));"
        }
        let expression = """
            (() => { const c = document.createElement('canvas'); c.width = 200; c.height = 120; const x = c.getContext('2d');
            x.fillStyle = '#c8c8c8'; x.fillRect(0, 0, 200, 120); \(drawing.joined())
            return c.toDataURL('image/\(type)', 0.9).split(',')[1]; })()
            """
        let text = try #require(try await browser.do("eval", ["expression": expression]) as? String)
        return Array(try #require(Data(base64Encoded: text)))
    }

    /// Checks the watch and waits for the end of its check number `number`; answers its row.
    private func checked(
        _ uuid: String, _ number: Int, by client: OutsideProcess, asks: Bool = true
    ) async throws -> [String: Any] {
        if asks { try client.send(["call": ["watch_operation", ["op": "recheck", "uuid": uuid]]]) }
        let message = try await client.next { message in
            guard message["event"] as? String == "watch_update" else { return false }
            let watch = (message["data"] as? [String: Any])?["watch"] as? [String: Any]
            return watch?["uuid"] as? String == uuid && watch?["state"] as? String == "idle"
                && (watch?["recent"] as? [Any])?.count == number
        }
        return try #require((message["data"] as? [String: Any])?["watch"] as? [String: Any])
    }

    @Test(
        "a change of the picture is told when it is large enough and inside the box, and shown before, after and between",
        arguments: ["png", "jpeg"])
    func life(type: String) async throws {
        try await Stage.run(["HISTORY_PICTURES": "2"]) { stage in
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/healthz")
            func put(_ rectangles: [(colour: String, box: [Int])]) async throws -> [UInt8] {
                let bytes = try await painted(type, rectangles, by: browser)
                stage.site.put("/camera", .init(contentType: "image/\(type)", bytes: bytes))
                return bytes
            }
            let before = try await put([])
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true, "list": true]])
            _ = try await client.next { $0["ack"] != nil }
            let image: [String: any Sendable] = [
                "bounding_box": "0,0,100,120", "pixel_difference_threshold_sensitivity": 60, "min_change_percentage": 2,
            ]
            let uuid = try await stage.add(
                "/camera", ["processor": "image_ssim_diff", "processor_config_image_ssim_diff": image])
            let first = try await checked(uuid, 1, by: client, asks: false)
            #expect(first["result"] as? String == "first")

            // Beyond the box; inside of it, but too faint; inside of it, but too small.
            let untold: [(colour: String, box: [Int])] = [
                ("#000000", [120, 20, 70, 80]), ("#a0a0a0", [10, 10, 60, 60]), ("#000000", [10, 10, 12, 12]),
            ]
            for (index, rectangle) in untold.enumerated() {
                _ = try await put([rectangle])
                let row = try await checked(uuid, index + 2, by: client)
                #expect(row["result"] as? String == "unchanged", "\(rectangle)")
                #expect(row["history_n"] as? Int == 1)
            }
            let after = try await put([("#000000", [20, 20, 60, 60])])
            let changed = try await checked(uuid, 5, by: client)
            #expect(changed["result"] as? String == "changed")
            #expect(changed["unviewed"] as? Bool == true)

            try await looksRight(uuid, browser, stage)
            let history = try await stage.ask("GET", "/api/v1/watch/\(uuid)/history").object.keys.sorted()
            try #require(history.count == 2)
            for (version, bytes) in zip(history, [before, after]) {
                let shown = try await browser.do(
                    "eval",
                    [
                        "expression": """
                        fetch('/watch/\(uuid)/picture/\(version)').then((answer) => answer.arrayBuffer())
                            .then((body) => Array.from(new Uint8Array(body)))
                        """
                    ])
                #expect((shown as? [Int])?.map(UInt8.init) == bytes)
            }

            // A third picture, of which the second is one of the two that are kept.
            _ = try await put([("#ff0000", [20, 20, 60, 60])])
            #expect(try await checked(uuid, 6, by: client)["result"] as? String == "changed")
            let old = try await stage.ask("GET", "/watch/\(uuid)?version=\(history[0])")
            #expect(old.body.contains("The image of this version is no longer stored"))
            #expect(old.body.contains("200 × 120 pixels"))
            #expect(try await stage.ask("GET", "/api/v1/watch/\(uuid)/history/\(history[0])?picture=1").status == 404)
            let newest = try await stage.ask("GET", "/api/v1/watch/\(uuid)/history").object.keys.sorted()
            let gone = try await stage.ask("GET", "/diff/\(uuid)?from_version=\(history[0])&to_version=\(newest[2])")
            #expect(gone.body.contains("The image before is not stored any more"))
        }
    }

    /// The three pictures of the page about the change, and where the third is red.
    private func looksRight(_ uuid: String, _ browser: Browser, _ stage: Stage) async throws {
        try await browser.do("goto", ["url": stage.address + "/diff/\(uuid)"])
        let seen = try await browser.do(
            "eval",
            [
                "expression": """
                [...document.querySelectorAll('.pictures img')].map((image) => {
                    const canvas = document.createElement('canvas');
                    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
                    canvas.getContext('2d').drawImage(image, 0, 0);
                    const at = (x, y) => Array.from(canvas.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3));
                    return [[image.naturalWidth, image.naturalHeight], at(50, 50), at(5, 110)];
                })
                """
            ])
        let pictures = try #require(seen as? [[[Int]]])
        try #require(pictures.count == 3)
        #expect(pictures[0][0] == [200, 120] && pictures[1][0] == [200, 120])
        // The difference is one of what lies in the box.
        #expect(pictures[2][0] == [100, 120])
        #expect(pictures[0][1].allSatisfy { $0 > 180 } && pictures[1][1].allSatisfy { $0 < 30 })
        let (inside, outside) = (pictures[2][1], pictures[2][2])
        #expect(inside[0] > 200 && inside[1] < 100)
        #expect(outside[0] > 200 && outside[0] == outside[1])
        let words = try await browser.do("eval", ["expression": "document.querySelector('.picture-words').textContent"])
        #expect((words as? String)?.contains("% of the pixels differ") == true)
        let complaints = try await browser.do("errors") as? [String] ?? []
        #expect(complaints.isEmpty, "\(complaints)")
    }

    @Test("a tag's colour and title, and which watches it is for, change on an open page at once")
    func liveTags() async throws {
        try await Stage.run { stage in
            stage.site.put("/shop/kettle", title: "Kettle", "<p>one</p>")
            let uuid = try await stage.add("/shop/kettle")
            let made = try await stage.ask("POST", "/api/v1/tag", json: ["title": "Shops"])
            let tag = try #require(made.object["uuid"] as? String)
            let browser = try Outside.browser()
            try await browser.open(stage.address + "/")
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            let shown = """
                [...document.querySelectorAll('[data-uuid="\(uuid)"] .where .tag')]
                    .map((tag) => tag.textContent + (tag.querySelector('circle')?.getAttribute('fill') ?? '')).join()
                """
            #expect(try await browser.do("eval", ["expression": shown]) as? String == "")
            for (change, expected) in [
                (["url_match_pattern": "*/shop/*"], "Shops"), (["tag_colour": "#D64545"], "Shops#d64545"),
                (["title": "Shopping"], "Shopping#d64545"), (["url_match_pattern": "elsewhere"], ""),
            ] {
                #expect(try await stage.ask("PUT", "/api/v1/tag/\(tag)", json: change).status == 200)
                try await browser.wait("\(shown) === '\(expected)'")
            }
        }
    }
}

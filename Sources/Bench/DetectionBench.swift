import Detection
import Domain

/// CPU time of detection alone on one thread, page after page whose text is new each time: what of a check is neither network nor database.
enum DetectionBench {
    private static let count = 1000
    private static let rounds = 5

    static func run(into table: inout FigureTable) throws {
        let template = Array(SamplePage.html(kilobytes: 50).utf8)
        let rules = DetectionSettings(watch: WatchSettings(), settings: Settings(), url: "http://127.0.0.1/")
        let processor = TextProcessor()
        var samples: [Double] = []
        for round in 0...rounds {
            let before = Machine.cpuSeconds
            for number in 0..<count {
                var body = template
                body.append(contentsOf: "\(number)".utf8)
                let page = FetchedPage(
                    status: 200, finalURL: "http://127.0.0.1/", contentType: "text/html; charset=utf-8", body: body)
                _ = try processor.verdict(on: page, settings: rules, previous: PreviousCheck())
            }
            if round > 0 { samples.append((Machine.cpuSeconds - before) / Double(count) * 1000) }
        }
        table.add("detection alone, 50 KB, changed text (CPU)", samples, "ms")
    }
}

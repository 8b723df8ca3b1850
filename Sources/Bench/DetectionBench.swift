import Detection
import Differences
import Domain
import Foundation

/// Detection alone on one thread: HTML to text, filters, patterns and differences, each beside what Python's usual
/// libraries take for the same bytes in the same run.
enum DetectionBench {
    private static let rounds = 5
    private static let python = ".venv-bench/bin/python"

    static func run(only: String = "", into table: inout FigureTable) async throws {
        if !only.isEmpty { return try reading(Inputs(), [:], into: &table) }
        try whole(into: &table)
        let inputs = Inputs()
        let references = try await Machine.withFolder { folder in try inputs.references(in: folder) }
        if references.isEmpty { print("  detection: no references; `make bench` sets up .venv-bench") }
        try reading(inputs, references, into: &table)
        try pages(inputs, references, into: &table)
        try differences(inputs, references, into: &table)
    }

    /// A whole verdict, page after page whose text is new each time: what of a check is neither network nor database.
    private static func whole(into table: inout FigureTable) throws {
        let template = Array(SamplePage.html(kilobytes: 50).utf8)
        let samples = try measure(times: 1000) { number in
            _ = try verdict(template + Array("\(number)".utf8), WatchSettings())
        }
        table.add("detection alone, 50 KB, changed text (CPU)", samples.map { $0 * 1000 }, "ms")
    }

    /// Bytes to text in one pass, then with all that a check adds to it: charset, kind, whitespace rule, checksums.
    private static func reading(
        _ inputs: Inputs, _ references: [String: [Double]], into table: inout FigureTable
    ) throws {
        let megabytes = Double(inputs.page.count) / 1e6
        func speed(_ seconds: [Double]) -> [Double] { seconds.map { megabytes / $0 } }
        let text = try measure(times: 20) { _ in _ = HTMLText.render(inputs.page[...], rendersLinks: false) }
        table.add(
            "HTML to text, no selectors, against inscriptis", speed(text), "MB/s", goal: "400, 50 times",
            reference: speed(references["text"] ?? []))
        let whole = try measure(times: 20) { _ in _ = try verdict(inputs.page, WatchSettings()) }
        table.add("the same with everything that decides whether it changed", speed(whole), "MB/s")
    }

    private static func pages(
        _ inputs: Inputs, _ references: [String: [Double]], into table: inout FigureTable
    ) throws {
        let megabytes = Double(inputs.page.count) / 1e6
        func speed(_ seconds: [Double]) -> [Double] { seconds.map { megabytes / $0 } }
        let body = try measure(times: 10) { _ in _ = try verdict(inputs.page, filtered(["body"])) }
        table.add(
            "HTML to text through a tree, against lxml's parse alone", speed(body), "MB/s", goal: "0.67 of it",
            reference: speed(references["parse"] ?? []))
        func small(_ name: String, _ filters: [String], _ reference: String) throws {
            let samples = try measure(times: 100) { _ in _ = try verdict(inputs.small, filtered(filters)) }
            table.add(
                name, samples.map { $0 * 1000 }, "ms", reference: (references[reference] ?? []).map { $0 * 1000 })
        }
        try small("CSS filter, 50 KB, against lxml and inscriptis", ["p.price, footer"], "css")
        try small("CSS filter, 50 KB, against BeautifulSoup", ["p.price, footer"], "soup")
        try small("XPath 1.0 filter, 50 KB, against lxml", ["//p[@class='price']"], "xpath")
        var extracting = WatchSettings()
        extracting.extractText = [#"/\d+\.\d\d/"#]
        let plain = try measure(times: 50) { _ in _ = try verdict(inputs.old, extracting, type: "text/plain") }
        table.add(
            "text by a pattern, 10,000 lines, against re", plain.map { $0 * 1000 }, "ms",
            reference: (references["regex"] ?? []).map { $0 * 1000 })
    }

    private static func differences(
        _ inputs: Inputs, _ references: [String: [Double]], into table: inout FigureTable
    ) throws {
        for (kind, new) in inputs.changed {
            let samples = try measure(times: 20) { _ in _ = LineDiff(from: inputs.old, to: new) }
            table.add(
                "difference of 10,000 lines, \(kind) changed, against difflib", samples.map { $0 * 1000 }, "ms",
                reference: (references["diff \(kind)"] ?? []).map { $0 * 1000 })
        }
    }

    private static func filtered(_ filters: [String]) -> WatchSettings {
        var settings = WatchSettings()
        settings.includeFilters = filters
        return settings
    }

    private static let processor = TextProcessor()

    private static func verdict(
        _ body: [UInt8], _ watch: WatchSettings, type: String = "text/html; charset=utf-8"
    ) throws -> Verdict {
        let rules = DetectionSettings(watch: watch, settings: Settings(), url: "http://127.0.0.1/")
        let page = FetchedPage(status: 200, finalURL: "http://127.0.0.1/", contentType: type, body: body)
        return try processor.verdict(on: page, settings: rules, previous: PreviousCheck())
    }

    /// Seconds of processor time of one call, for each round after a first one that warms up.
    private static func measure(times: Int, _ work: (Int) throws -> Void) throws -> [Double] {
        var samples: [Double] = []
        for round in 0...rounds {
            let before = Machine.cpuSeconds
            for number in 0..<times { try work(number) }
            if round > 0 { samples.append((Machine.cpuSeconds - before) / Double(times)) }
        }
        return samples
    }

    /// The same bytes for us and for Python.
    private struct Inputs {
        let page = Array(SamplePage.html(kilobytes: 1024).utf8)
        let small = Array(SamplePage.html(kilobytes: 50).utf8)
        let old: [UInt8]
        let changed: [(kind: String, text: [UInt8])]

        init() {
            let lines = (0..<10_000).map { "Line \($0): a price of \($0 * 7 % 1000).99 and some more words" }
            func text(_ change: (Int, String) -> String) -> [UInt8] {
                Array(lines.enumerated().map { change($0.offset, $0.element) }.joined(separator: "\n").utf8)
            }
            old = text { $1 }
            changed = [
                ("few", text { $0 % 1000 == 500 ? $1 + "!" : $1 }), ("many", text { $0 % 4 == 1 ? $1 + "!" : $1 }),
                ("all", text { _, line in line + "!" }),
            ]
        }

        /// What Python takes, by name; empty when its environment is not there.
        func references(in folder: URL) throws -> [String: [Double]] {
            guard FileManager.default.isExecutableFile(atPath: DetectionBench.python) else { return [:] }
            try Data(page).write(to: folder.appending(path: "page.html"))
            try Data(small).write(to: folder.appending(path: "small.html"))
            try Data(old).write(to: folder.appending(path: "diff-old.txt"))
            for (kind, text) in changed { try Data(text).write(to: folder.appending(path: "diff-\(kind).txt")) }
            let process = Process()
            process.executableURL = URL(filePath: DetectionBench.python)
            process.arguments = ["tools/bench/detection.py", folder.path(), "\(DetectionBench.rounds)"]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let bytes = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (try? JSONDecoder().decode([String: [Double]].self, from: bytes)) ?? [:]
        }
    }
}

// Reads one page through one filter and prints what became of it, how much memory the process had at its height in MB,
// how much when the page was there, and what was expected beforehand.
//
//   PageProbe MARKUP COUNT FILTER     a page of COUNT times MARKUP; for filters of JSON a list of these and a 0
import Detection
import Domain
import Glibc

func megabytes(_ name: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        if text.hasPrefix(name) { return (Int(text.filter(\.isNumber)) ?? 0) / 1024 }
    }
    return 0
}

let (markup, count, filter) = (CommandLine.arguments[1], Int(CommandLine.arguments[2]) ?? 0, CommandLine.arguments[3])
let isJSON = filter.hasPrefix("j") && !markup.hasPrefix("<") && markup != "-"
var body: [UInt8] = []
body.reserveCapacity(markup.utf8.count * count + 100)
if isJSON { body.append(UInt8(ascii: "[")) }
for _ in 0..<count { body += markup.utf8 }
if isJSON { body += "0]".utf8 }
var settings = DetectionSettings()
if !filter.isEmpty { settings.includeFilters = [filter] }
let page = FetchedPage(
    status: 200, finalURL: "http://a.example/", contentType: isJSON ? "application/json" : "text/html", body: body)
var limits = DetectionLimits()
// Memory is measured, on however busy a machine.
limits.filterTime = .seconds(600)
let processor = TextProcessor(limits: limits)
let estimate = processor.memoryEstimate(of: page, settings: settings)
let before = megabytes("VmRSS")
var words = "read"
do {
    let verdict = try processor.verdict(on: page, settings: settings, previous: PreviousCheck())
    if case .changed(let text) = verdict.decision { words = "read \(text.count)" }
} catch {
    words = "\(error.code.rawValue)"
}
print(words, megabytes("VmHWM"), before, estimate >> 20)

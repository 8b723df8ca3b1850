import Differences
import Domain
import EngineIO
import Foundation

@testable import Detection

/// Everything that reads bytes from outside or rules from people; `tools/fuzz` runs each with libFuzzer under the
/// address sanitizer.
enum FuzzTarget: String, CaseIterable {
    case page, feed, json, jsonPath, css, xpath, regex, template, offer, diff, picture, charset
    case tree, script, pictureSize, price, kinds, jq
    case payload, payload3, frames, packets, request

    /// Chosen by the variable FUZZ_TARGET, since libFuzzer takes the arguments.
    static let chosen: FuzzTarget = {
        guard let name = getenv("FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
            fatalError("FUZZ_TARGET is one of \(allCases.map(\.rawValue).joined(separator: " "))")
        }
        return target
    }()

    private static var limits: DetectionLimits {
        var limits = DetectionLimits()
        limits.selectorSteps = 200_000
        limits.treeNodes = 20_000
        return limits
    }

    private static let sample = Array(
        "<ul><li class=a id=x>one</li><li>two 2</li></ul><p lang=en>three <b>four</b></p><script>{\"a\":[1,{\"b\":null}]}</script>"
            .utf8)

    func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch self {
        case .page: look(at: bytes, "text/html", [])
        case .feed: look(at: bytes, "application/rss+xml", [])
        case .json: look(at: bytes, "application/json", ["json:$..*"])
        case .jsonPath:
            look(at: Array(#"{"a":[1,{"b":"x"},"3"],"c":{"d":null}}"#.utf8), "application/json", ["json:" + text])
        case .css: look(at: Self.sample, "text/html", [text])
        case .xpath: look(at: Self.sample, "text/html", ["xpath:" + text])
        case .regex:
            var settings = DetectionSettings()
            settings.ignoreText = [text]
            settings.extractText = [text]
            look(at: Self.sample, "text/html", settings)
        case .template:
            _ = try? Template.fill(text, Template.Environment(now: .now, replaceRegex: TemplateRegex.replace))
        case .offer:
            let page = FetchedPage(status: 200, finalURL: "", contentType: "text/html", body: bytes)
            _ = try? RestockProcessor(limits: Self.limits).verdict(on: page, settings: .init(), previous: .init())
        case .picture:
            // What decodes is another program; this is what reads its answer, and compares.
            let half = bytes.firstIndex(of: 0) ?? bytes.count / 2
            guard let one = PixelGrid(pixmap: Array(bytes[..<half])),
                let other = PixelGrid(pixmap: Array(bytes[half...]))
            else { return }
            _ = PixelDifference(one, other, sensitivity: 20).bounds
        case .charset:
            let label = bytes.prefix(1).first.map { Int($0) } ?? 0
            let names = ["utf-8", "utf-16", "gb18030", "shift_jis", "euc-kr", "big5", "windows-1251", "none"]
            look(at: Array(bytes.dropFirst()), "text/html; charset=\(names[label % names.count])", [])
        case .diff:
            let half = bytes.firstIndex(of: 0) ?? bytes.count / 2
            let diff = LineDiff(from: Array(bytes[..<half]), to: Array(bytes[half...]))
            for format in DiffRendering.Format.allCases {
                var rendering = DiffRendering()
                rendering.format = format
                rendering.marksWords = true
                _ = rendering.render(diff)
            }
        case .tree: PageFuzz.tree(bytes)
        case .script: PageFuzz.script(bytes)
        case .pictureSize: PageFuzz.pictureSize(bytes)
        case .price: PageFuzz.price(bytes)
        case .kinds: PageFuzz.kinds(bytes)
        case .jq: PageFuzz.jq(text)
        case .payload: SocketFuzz.payload(bytes, .four)
        case .payload3: SocketFuzz.payload(bytes, .three)
        case .frames: SocketFuzz.frames(bytes)
        case .packets: SocketFuzz.packets(bytes)
        case .request: SocketFuzz.request(bytes)
        }
    }

    private func look(at body: [UInt8], _ type: String, _ filters: [String]) {
        // jq is another program, and not ours to fuzz.
        if filters.contains(where: { $0.contains("jq") }) { return }
        var settings = DetectionSettings()
        settings.includeFilters = filters
        look(at: body, type, settings)
    }

    private func look(at body: [UInt8], _ type: String, _ settings: DetectionSettings) {
        let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: body)
        if StreamKind.isPDF(page) { return }
        _ = try? TextProcessor(limits: Self.limits).verdict(on: page, settings: settings, previous: PreviousCheck())
    }
}

private typealias OneInput = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
private typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// libFuzzer as a library (its own `main` is not taken, since SwiftPM names a program's `main` after its target).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<Arguments?>, _ body: OneInput
) -> CInt

@_cdecl("Fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var count = count
    var arguments = arguments
    return runDriver(&count, &arguments, fuzzOneInput)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // Safety: libFuzzer lends `count` bytes for the length of the call, and nil only when there are none.
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

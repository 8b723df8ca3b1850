import CZlib
import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct GzipTests {
    /// zlib's own reading of what we wrote.
    static func decompressed(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: count + 1)
        let status = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return inflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { return nil }
        return Array(output.prefix(Int(stream.total_out)))
    }

    @Test("what is compressed is what comes out again", arguments: [0, 1, 100, 70_000, 1_000_000], [Int32(1), 6, 9])
    func roundTrip(count: Int, level: Int32) throws {
        let bytes = (0..<UInt32(count)).map { UInt8(97 + ($0 &* 2_654_435_761) >> 16 % 13) }
        let compressed = try #require(Gzip.compress(bytes, level: level))
        #expect(compressed.starts(with: [0x1F, 0x8B]))
        #expect(Self.decompressed(compressed, count: count) == bytes)
    }
}

@Suite struct AssetsTests {
    @Test("every asset that a template names is there, with a version in its address")
    func named() throws {
        let renderer = try Samples.renderer(base: "/sub")
        for path in [
            "css/app.css", "js/page.js", "js/live.js", "js/list.js", "js/theme.js", "js/watch.js", "js/diff.js",
            "icons/favicon.svg", "icons/favicon-unread.svg",
        ] {
            let asset = try #require(renderer.assets[path])
            #expect(!asset.bytes.isEmpty)
            #expect(renderer.assets.url(path).hasPrefix("/sub/assets/\(path)?v="))
            #expect(asset.etag.hasPrefix("\"") && asset.etag.hasSuffix("\"") && asset.etag.count > 8)
        }
        #expect(renderer.assets["css/app.css"]?.contentType == "text/css; charset=utf-8")
        #expect(renderer.assets["../layout.mustache"] == nil)
    }

    @Test("the version changes with the content and with nothing else")
    func versions() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assets-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "a.css")
        try "a{}".write(to: file, atomically: true, encoding: .utf8)
        let first = try Assets(folder: folder.path(), base: "").url("a.css")
        #expect(try Assets(folder: folder.path(), base: "").url("a.css") == first)
        try "b{}".write(to: file, atomically: true, encoding: .utf8)
        #expect(try Assets(folder: folder.path(), base: "").url("a.css") != first)
    }

    @Test("a file that compressing does not help is sent as it is, one that it helps is smaller")
    func helps() throws {
        let assets = try Samples.renderer().assets
        let sheet = try #require(assets["css/app.css"])
        #expect(try #require(sheet.gzipped).count < sheet.bytes.count / 3)
    }

    @Test("no script puts outside text in as markup, and nothing asks another site")
    func scripts() throws {
        let assets = try Samples.renderer().assets
        for path in [
            "js/page.js", "js/live.js", "js/list.js", "js/theme.js", "js/watch.js", "js/diff.js", "css/app.css",
            "icons/favicon.svg",
        ] {
            let text = String(decoding: try #require(assets[path]).bytes, as: UTF8.self)
            for forbidden in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://", "@import",
            ] {
                #expect(!text.contains(forbidden), "\(path) has \(forbidden)")
            }
        }
    }
}

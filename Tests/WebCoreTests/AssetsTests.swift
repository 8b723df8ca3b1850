import Foundation
import Testing
import WebTestSupport

@testable import WebCore

@Suite struct GzipTests {
    @Test("what is compressed is what comes out again", arguments: [0, 1, 100, 70_000, 1_000_000], [Int32(1), 6, 9])
    func roundTrip(count: Int, level: Int32) throws {
        let bytes = (0..<UInt32(count)).map { UInt8(97 + ($0 &* 2_654_435_761) >> 16 % 13) }
        let compressed = try #require(Gzip.compress(bytes, level: level))
        #expect(compressed.starts(with: [0x1F, 0x8B]))
        #expect(Gunzip.decompressed(compressed, count: count) == bytes)
    }

    @Test("nothing that cannot be written makes half a body")
    func refused() {
        #expect(Gzip.compress([], level: 99) == nil)
    }
}

@Suite struct AssetsTests {
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
}

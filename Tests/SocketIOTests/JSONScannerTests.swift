import Foundation
import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("Walking JSON")
struct JSONScannerTests {
    private func elements(_ text: String, attachments: Int? = nil) throws -> [String] {
        let bytes = Array(text.utf8)
        let ranges = try bytes.withUnsafeBytes { buffer in
            try JSONScanner.elements(of: buffer, attachments: attachments)
        }
        return ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test("an array's elements are found as they stand")
    func parts() throws {
        #expect(try elements("[]").isEmpty)
        #expect(
            try elements(" [ 1 , \"a,]\\\"\" , [2,[3]] ,{\"k\":[1,2]}, null,-0.5e+3 ] ") == [
                "1", "\"a,]\\\"\"", "[2,[3]]", "{\"k\":[1,2]}", "null", "-0.5e+3",
            ])
        #expect(try elements(#"["\ud800"]"#) == [#""\ud800""#])
    }

    @Test(
        "what is no JSON array is refused",
        arguments: [
            "", " ", "{}", "1", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "[01]", "[1.]", "[.5]", "[+1]", "[1e]",
            "[tru]",
            "[nul]", "[\"a]", "[\"\\x\"]", "[\"\\u12g4\"]", "[\"\u{1}\"]", "[{a:1}]", "[{\"a\"}]", "[{\"a\":}]",
            "[{\"a\":1,}]", "[1]]", "[1] x", "[']", "[NaN]", "[Infinity]", "[--1]",
        ])
    func refused(text: String) {
        #expect(throws: JSONScanner.Malformed.syntax) { try elements(text) }
    }

    @Test("nesting is followed so far and no further")
    func depth() throws {
        let most = JSONScanner.maxDepth - 1
        #expect(
            try elements("[" + String(repeating: "[", count: most) + String(repeating: "]", count: most) + "]").count
                == 1)
        #expect(throws: JSONScanner.Malformed.tooDeep) {
            try elements("[" + String(repeating: "[", count: 1_000_000))
        }
        #expect(throws: JSONScanner.Malformed.tooDeep) {
            try elements("[" + String(repeating: "{\"a\":", count: 1_000_000))
        }
    }

    @Test(
        "placeholders must name an attachment that is there",
        arguments: [
            (#"[{"_placeholder":true,"num":0}]"#, true), (#"[{"num":1,"_placeholder":true}]"#, true),
            (#"[{"_placeholder":true,"num":2}]"#, false), (#"[{"_placeholder":true,"num":-1}]"#, false),
            (#"[{"_placeholder":true,"num":0.0}]"#, false), (#"[{"_placeholder":true,"num":"0"}]"#, false),
            (#"[{"_placeholder":true,"num":"splice"}]"#, false), (#"[{"_placeholder":true}]"#, false),
            (#"[{"_placeholder":true,"num":99999999999999999999}]"#, false),
            (#"[{"_placeholder":false,"num":7}]"#, true), (#"[{"a":[{"_placeholder":true,"num":5}]}]"#, false),
        ])
    func placeholders(text: String, isFine: Bool) {
        #expect((try? elements(text, attachments: 2)) != nil || !isFine)
        #expect((try? elements(text, attachments: 2)) == nil || isFine)
        #expect((try? elements(text)) != nil)
    }

    @Test("it agrees with Foundation about what is JSON", arguments: SeededRandom.seeds)
    func agreement(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let sample = Array(#"["a\n\u00e9",{"k":[1,-2.5e3,true],"":null},[],{},0,false]"#.utf8)
        let replacements = Array(#"[]{},:"\0123-+.eEtfn u"#.utf8)
        for _ in 0..<500 {
            var bytes = sample
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = replacements.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: index)
                default: bytes.insert(replacements.randomElement(using: &random) ?? 0, at: index)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            // Foundation takes a comma before a closing bracket; JSON does not.
            let dense = text.filter { $0 != " " }
            if dense.contains(",]") || dense.contains(",}") { continue }
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes))) is [Any]
            let ours = (try? elements(text)) != nil
            #expect(ours == theirs, "seed \(seed): \(text)")
        }
    }
}

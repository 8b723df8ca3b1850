import Domain
import HTTPTypes
import Storage
import Testing
import WebTestSupport

@testable import API

@Suite("The API's differences, traces and prices")
struct DifferenceRoutesTests {
    @Test(
        "two versions are compared with the incumbent's options",
        arguments: [
            ("", 200, "a\n(changed) the cat\n(into) the dog"),
            ("?changesOnly=true", 200, "(changed) the cat\n(into) the dog"),
            ("?changesOnly=1&word_diff=true", 200, "the [-cat-]{+dog+}"),
            ("?changesOnly=1&type=diffWords", 200, "the [-cat-]{+dog+}"),
            ("?changesOnly=1&no_markup=true", 200, "the cat\nthe dog"), ("?changesOnly=1&replaced=false", 200, ""),
            ("?changesOnly=1&format=markdown", 200, "~~the cat~~\n\n**the dog**"), ("?format=nonsense", 400, nil),
            ("?type=x", 400, nil), ("?rows=1", 200, "a\n(1 more rows are not shown)"),
            ("?rows=1&changesOnly=1", 200, "(changed) the cat\n(into) the dog"), ("?rows=0", 400, nil),
            ("?rows=many", 400, nil), ("?word_diff=maybe", 400, nil),
            ("?ignoreCase=2", 400, nil), ("?changesOnly=OFF&no_markup=", 200, "a\n(changed) the cat\n(into) the dog"),
        ] as [(String, Int, String?)])
    func options(_ query: String, _ status: Int, _ expected: String?) async throws {
        try await APISite.run { site in
            let watch = try await site.watch(texts: ["a\nthe cat", "a\nthe dog"])
            let answer = try await site.get("watch/\(watch)/difference/previous/latest\(query)")
            #expect(answer.status == status)
            if let expected { #expect(answer.text == expected) }
            let named = try await site.get("watch/\(watch)/difference/1700000001/1700000002\(query)")
            #expect(named.text == answer.text)
        }
    }

    @Test("white space and case can be left out of account, and a version that is not there is 404")
    func more() async throws {
        try await APISite.run { site in
            let watch = try await site.watch(texts: ["A b", "a  B"])
            let path = "watch/\(watch)/difference/previous/latest?changesOnly=true"
            #expect(try await site.get(path + "&ignoreWhitespace=true&ignoreCase=true").text.isEmpty)
            let cased = try await site.get(path + "&ignoreWhitespace=true").text
            #expect(!cased.isEmpty)
            #expect(
                try await site.get(path + "&format=patch").text.hasPrefix(
                    "--- previous\n+++ current\n@@ -1,1 +1,1 @@\n"))
            #expect(try await site.get(path + "&word_diff=maybe").text.contains("word_diff: must be true or false"))
            #expect(try await site.get("watch/\(watch)/difference/5/latest").status == 404)
            #expect(try await site.get("watch/\(watch)/difference/previous/1700000001").status == 404)
            #expect(try await site.get("watch/\(WatchID())/difference/previous/latest").status == 404)
        }
    }

    @Test(
        "the older version comes first, and an answer says so",
        arguments: [
            (
                "latest/previous",
                #""latest" is newer than "previous": put the older version first, difference/previous/latest"#
            ),
            ("1700000002/1700000001", #""1700000002" is newer than "1700000001": put the older version first"#),
            ("latest/latest", #""latest" and "latest" are the same version"#),
            ("1700000002/latest", #""1700000002" and "latest" are the same version"#),
        ])
    func order(_ path: String, _ words: String) async throws {
        try await APISite.run { site in
            let watch = try await site.watch(texts: ["A", "b"])
            let answer = try await site.get("watch/\(watch)/difference/\(path)")
            #expect(answer.status == 400)
            guard case .object(let object) = answer.json, case .string(let message)? = object["message"] else {
                Issue.record("\(answer.text)")
                return
            }
            #expect(message.hasPrefix(words))
        }
    }

    @Test("a version's body comes back as it was fetched, and other settings can be tried on it")
    func explain() async throws {
        try await APISite.run { site in
            let page = "<p>one</p><div>two</div>"
            let watch = try await site.watch(texts: ["x", "one\n\ntwo"], body: page)
            #expect(try await site.get("watch/\(watch)/history/latest?html=1").text == page)
            #expect(try await site.get("watch/\(watch)/history/1700000001?html=1").status == 404)
            let tried = try await site.ask(
                .post, "watch/\(watch)/explain", #"{"include_filters": ["div"], "trigger_text": ["zzz"]}"#)
            guard case .object(let answer) = tried.json else {
                Issue.record("\(tried.text)")
                return
            }
            #expect(answer["result"] == .string("blocked"))
            #expect(answer["text"] == .string("two"))
            #expect(tried.text.contains("no line matches"))
            let failed = try await site.ask(.post, "watch/\(watch)/explain", #"{"include_filters": ["h1"]}"#)
            #expect(failed.text.contains("No filter matches"))
            let refused = try await site.ask(.post, "watch/\(watch)/explain", #"{"include_filters": ["json:$["]}"#)
            #expect(refused.status == 400)
            let old = try await site.ask(.post, "watch/\(watch)/explain", #"{"version": 1700000001}"#)
            #expect(old.status == 404)
            #expect(try await site.store.watch(watch)?.settings == WatchSettings())
            #expect(tried.text.contains("No change: no line matches the trigger text."))
            guard case .array(let checks) = try await site.get("watch/\(watch)/trace").json else {
                Issue.record("no list of checks")
                return
            }
            #expect(checks.count == 2)
            #expect(try await site.get("watch/\(watch)/trace?limit=1").text.hasPrefix(#"[{"check":2,"#))
            #expect(try await site.get("watch/\(watch)/trace?check=1").text.contains(#""result":"first""#))
            #expect(try await site.get("watch/\(watch)/trace?check=3").status == 404)
            #expect(try await site.get("watch/\(watch)/trace?version=latest").text.contains(#""version":1700000002"#))
            #expect(try await site.get("watch/\(watch)/trace?version=5").status == 404)
            #expect(try await site.get("watch/\(watch)/trace?limit=0").status == 400)
        }
    }

    @Test("prices are a series with its current, last, lowest and highest")
    func prices() async throws {
        try await APISite.run { site in
            let watch = try await site.watch(texts: ["x"])
            #expect(try await site.get("watch/\(watch)/prices").text.contains("\"series\":[]"))
        }
    }
}

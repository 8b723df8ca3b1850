import Foundation
import TestSupport
import Testing

@testable import Differences

@Suite("Differences as text")
struct DiffRenderingTests {
    private static let old = Array("same\nthe cat sat\ngone <b>\nlast".utf8)
    private static let new = Array("same\nthe dog sat\nlast\nnew & fresh".utf8)

    private func rendered(_ change: (inout DiffRendering) -> Void) -> String {
        var rendering = DiffRendering()
        change(&rendering)
        return String(decoding: rendering.render(LineDiff(from: Self.old, to: Self.new)), as: UTF8.self)
    }

    @Test("text has the incumbent's words before lines that differ")
    func text() {
        #expect(
            rendered { _ in }
                == "same\n(changed) the cat sat\n(into) the dog sat\n(removed) gone <b>\nlast\n(added) new & fresh")
        #expect(rendered { $0.hasMarkup = false } == "same\nthe cat sat\nthe dog sat\ngone <b>\nlast\nnew & fresh")
        #expect(
            rendered {
                $0.marksWords = true; $0.showsSame = false
            } == "the [-cat-]{+dog+} sat\n(removed) gone <b>\n(added) new & fresh")
    }

    @Test("each kind can be left out")
    func kinds() {
        #expect(
            rendered {
                $0.showsSame = false; $0.showsRemoved = false; $0.showsChanged = false
            } == "(added) new & fresh")
        #expect(
            rendered {
                $0.showsSame = false; $0.showsAdded = false; $0.showsChanged = false
            } == "(removed) gone <b>")
    }

    @Test("HTML is escaped, in colours or words; Markdown strikes and emboldens")
    func markup() {
        let html = rendered {
            $0.format = .html; $0.showsSame = false
        }
        #expect(
            html
                == "(changed) the cat sat<br>\n(into) the dog sat<br>\n(removed) gone &lt;b&gt;<br>\n(added) new &amp; fresh"
        )
        let colour = rendered {
            $0.format = .htmlcolor; $0.marksWords = true
        }
        #expect(colour.contains(#"title="removed">cat</span>"#))
        #expect(colour.contains(#"title="removed">gone &lt;b&gt;</span>"#))
        #expect(!colour.contains("<b>"))
        #expect(
            rendered {
                $0.format = .markdown; $0.marksWords = true; $0.showsSame = false
            } == "the ~~cat~~**dog** sat\n\n~~gone \\<b\\>~~\n\n**new \\& fresh**")
    }

    @Test(
        "a page's text stays text in Markdown, each line a paragraph",
        arguments: [
            ("# no heading", ##"\# no heading"##), ("- no list", #"\- no list"#), ("12. no list", #"12\. no list"#),
            ("3) no list", #"3\) no list"#), ("---", #"\---"#), ("-5 °C", "-5 °C"), ("+1", "+1"),
            ("+ no list", #"\+ no list"#), ("    no code", "no code"),
            ("> no quote", #"\> no quote"#), ("*a* _b_ ~~c~~ `d`", #"\*a\* \_b\_ \~\~c\~\~ \`d\`"#),
            ("[a](javascript:x)", #"\[a\](javascript:x)"#), ("![a](b)", #"!\[a\](b)"#),
            ("<script>x</script>", #"\<script\>x\</script\>"#), ("&lt;b&gt;", #"\&lt;b\&gt;"#),
            ("a | b", #"a \| b"#), (#"back\slash"#, #"back\\slash"#),
            ("at https://a.example/b_c", #"at https\://a.example/b\_c"#), ("1.5 € – naïve", "1.5 € – naïve"),
            ("1.", #"1\."#), ("-", #"\-"#),
            ("plain text, (it's) 5% + 2 = #7: fine-ish!", "plain text, (it's) 5% + 2 = #7: fine-ish!"),
        ])
    func markdownIsEscaped(text: String, expected: String) {
        var rendering = DiffRendering()
        rendering.format = .markdown
        let diff = LineDiff(from: Array("first".utf8), to: Array("first\n\(text)".utf8))
        // Marks before a line keep it from being a block, so it is looked at without them.
        rendering.hasMarkup = false
        #expect(String(decoding: rendering.render(diff), as: UTF8.self) == "first\n\n\(expected)")
    }

    @Test("Markdown's marks stand beside words, never beside blanks, and not around nothing")
    func marksBesideWords() {
        var rendering = DiffRendering()
        rendering.format = .markdown
        rendering.showsSame = false
        let diff = LineDiff(from: Array("same".utf8), to: Array("same\n\n  padded  \nlast".utf8))
        #expect(String(decoding: rendering.render(diff), as: UTF8.self) == "**padded**  \n\n**last**")
    }

    @Test("a line that stands elsewhere as it was is moved, not rewritten")
    func moved() {
        let old = Array("first line\nsecond line\nthird line\nfourth line".utf8)
        let new = Array("second line\nthird line\nfourth line\nfirst line".utf8)
        let rows = LineDiff(from: old, to: new).rows()
        #expect(rows.filter(\.isMoved).map(\.kind) == [.removed, .added])
        #expect(rows.filter(\.isMoved).map(\.movedLine) == [4, 1])
        #expect(rows.filter { $0.kind == .same }.count == 3)
        let swapped = LineDiff(from: Array("alpha one\nbeta two".utf8), to: Array("gamma 3\nalpha one".utf8)).rows()
        #expect(!swapped.contains { $0.kind == .changed && $0.isMoved })
        var rendering = DiffRendering()
        rendering.format = .htmlcolor
        let html = String(decoding: rendering.render(LineDiff(from: old, to: new)), as: UTF8.self)
        #expect(html.contains(#"title="moved">first line</span>"#))
    }

    @Test("a patch has the lines, the counts and the ends that patch(1) wants")
    func patch() {
        let expected = """
            --- previous
            +++ current
            @@ -1,4 +1,4 @@
             same
            -the cat sat
            -gone <b>
            +the dog sat
             last
            \\ No newline at end of file
            """
        let patch = rendered { $0.format = .patch }
        #expect(patch.hasPrefix(expected.prefix(60)))
        #expect(rendered { $0.format = .patch }.contains("+new & fresh\n\\ No newline at end of file\n"))
        #expect(DiffRendering().render(LineDiff(from: Self.old, to: Self.old)) == Self.old)
    }

    @Test(
        "patch(1) makes the new text out of the old one",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/patch")))
    func applied() throws {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<40 {
            let old = (0..<random.below(30)).map { _ in "line \(random.below(6))" }
            var new = old
            for _ in 0..<random.below(6) {
                let place = random.below(new.count + 1)
                if random.below(2) == 0 {
                    new.insert("new \(random.below(9))", at: place)
                } else if place < new.count {
                    new.remove(at: place)
                }
            }
            let (one, other) = (Array(old.joined(separator: "\n").utf8), Array(new.joined(separator: "\n").utf8))
            var rendering = DiffRendering()
            rendering.format = .patch
            let patch = rendering.render(LineDiff(from: one, to: other))
            let folder = FileManager.default.temporaryDirectory.appending(path: "patch-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "text")
            try Data(one).write(to: file)
            try Data(patch).write(to: folder.appending(path: "patch"))
            guard !patch.isEmpty else { continue }
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/patch")
            process.arguments = [
                "--silent", "--no-backup-if-mismatch", file.path, folder.appending(path: "patch").path,
            ]
            try process.run()
            process.waitUntilExit()
            // patch(1) removes a file that has become empty.
            let made = [UInt8]((try? Data(contentsOf: file)) ?? Data())
            #expect(made == other, "seed \(runSeed): \(old) -> \(new)")
        }
    }
}

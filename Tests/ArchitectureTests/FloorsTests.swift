import Foundation
import Testing

/// Holds the drawing of docs/architecture.md to the sources: SwiftPM alone would let some of these imports through.
@Suite("The floors")
struct FloorsTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func imports() throws -> [(module: String, file: String, imported: String)] {
        let sources = root.appending(path: "Sources")
        let modules = try FileManager.default.contentsOfDirectory(atPath: sources.path)
        var found: [(String, String, String)] = []
        for module in modules {
            let folder = sources.appending(path: module)
            let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            for file in files where file.hasSuffix(".swift") {
                let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
                for line in text.split(separator: "\n") {
                    let words = line.split(separator: " ").map(String.init)
                    guard let index = words.firstIndex(of: "import"), index < words.count - 1, index <= 2,
                        words[..<index].allSatisfy({
                            ["public", "package", "internal", "@testable", "@preconcurrency"].contains($0)
                        })
                    else { continue }
                    let name = words[(index + 1)...].first { !["struct", "class", "func", "enum"].contains($0) } ?? ""
                    found.append((module, file, String(name.prefix { $0 != "." })))
                }
            }
        }
        return found
    }

    @Test("no file imports upward or sideways")
    func noImportPointsUp() throws {
        let ours = Set(try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path))
        let imports = try Self.imports()
        let mayImport = try ModuleDrawing.read().standsOn
        #expect(imports.count > 50, "the sources were not found")
        for (module, file, imported) in imports where ours.contains(imported) {
            #expect(mayImport[module]?.contains(imported) == true, "\(module)/\(file) imports \(imported)")
        }
    }

    @Test("the drawing has nothing that no file needs")
    func nothingIsDrawnInVain() throws {
        let imports = try Self.imports()
        for (module, allowed) in try ModuleDrawing.read().standsOn {
            let used = Set(imports.filter { $0.module == module }.map(\.imported))
            #expect(allowed.subtracting(used).isEmpty, "\(module) is drawn on what it does not import")
        }
    }

    @Test("every folder of the sources is a module of the package")
    func everyFolderIsAModule() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path)
        #expect(Set(folders) == Set(try Manifest.read().targets.keys))
    }

    @Test("only the configuration reads the environment")
    func environment() throws {
        let sources = Self.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        for file in files where file.hasSuffix(".swift") && !file.hasPrefix("App/Configuration/") {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            #expect(!text.contains("ProcessInfo.processInfo.environment") && !text.contains("getenv("), "\(file)")
        }
    }

    @Test("what is named by chance is named by `UUID.random()`, which needs no descriptor")
    func namesByChance() throws {
        let sources = Self.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        #expect(files.count > 100, "the sources were not found")
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            let code = text.split(separator: "\n").filter { !$0.contains(#/^\s*\/\//#) }
            #expect(!code.contains { $0.contains("UUID()") || $0.contains("/dev/urandom") }, "\(file)")
        }
    }

    @Test("no test sleeps")
    func noSleep() throws {
        let tests = Self.root.appending(path: "Tests")
        let files = FileManager.default.enumerator(atPath: tests.path)?.compactMap { $0 as? String } ?? []
        let words = ["Task." + "sleep", "us" + "leep(", "Thread." + "sleep", "time." + "sleep("]
        for file in files where file.hasSuffix(".swift") || file.hasSuffix(".py") {
            let text = try String(contentsOf: tests.appending(path: file), encoding: .utf8)
            for word in words { #expect(!text.contains(word), "\(file) has \(word)") }
        }
    }
}

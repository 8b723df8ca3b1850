import Foundation

/// The targets of `Package.swift` that are made from `Sources`, each with what it depends on of ours.
///
/// Read from its text: to ask SwiftPM would be to wait for the build that this test is a part of.
struct Manifest {
    let targets: [String: Set<String>]

    init(_ text: String) {
        var targets: [String: Set<String>] = [:]
        for start in text.ranges(of: #/\.(target|executableTarget|systemLibrary)(?=\()/#) {
            let block = Self.enclosed(text[start.upperBound...])
            guard !block.contains("path: \""), let name = block.firstMatch(of: #/name: "(\w+)"/#) else { continue }
            targets[String(name.1)] = Self.dependencies(of: block)
        }
        self.targets = targets
    }

    static func read() throws -> Manifest {
        Manifest(try String(contentsOf: FloorsTests.root.appending(path: "Package.swift"), encoding: .utf8))
    }

    private static func dependencies(of block: Substring) -> Set<String> {
        guard let list = block.firstRange(of: "dependencies: ") else { return [] }
        // Products of other packages have names in quotes too.
        let ours = enclosed(block[list.upperBound...]).replacing(#/\.product\([^)]*\)/#, with: "")
        return Set(ours.matches(of: #/"(\w+)"/#).map { String($0.1) })
    }

    /// `text` from the bracket that it begins with up to the one that closes it.
    private static func enclosed(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            if "([".contains(text[index]) { depth += 1 }
            if ")]".contains(text[index]) { depth -= 1 }
            if depth == 0 { return text[...index] }
        }
        return text
    }
}

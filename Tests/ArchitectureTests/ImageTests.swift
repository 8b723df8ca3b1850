import Foundation
import Testing

/// What the container image is built from, held against the package without a container engine.
@Suite("The container image")
struct ImageTests {
    @Test("its build is given every folder that the package names")
    func folders() throws {
        let manifest = try String(contentsOf: FloorsTests.root.appending(path: "Package.swift"), encoding: .utf8)
        let image = try String(contentsOf: FloorsTests.root.appending(path: "Dockerfile"), encoding: .utf8)
        let given = Set(image.matches(of: #/^COPY ([A-Za-z]+) /#.anchorsMatchLineEndings()).map { String($0.1) })
        let named = Set(manifest.matches(of: #/path: "([A-Za-z]+)/#).map { String($0.1) })
        #expect(!named.isEmpty)
        #expect(named.union(["Sources"]).subtracting(given).isEmpty)
    }
}

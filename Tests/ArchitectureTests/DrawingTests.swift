import Testing

/// Holds the drawing of docs/architecture.md to `Package.swift`.
@Suite("The drawing of the modules")
struct DrawingTests {
    @Test("has every module of the package, each with what it depends on, and nothing else")
    func agrees() throws {
        let drawn = try ModuleDrawing.read().standsOn
        let built = try Manifest.read().targets
        #expect(built.count > 20, "Package.swift was not understood")
        #expect(Set(drawn.keys) == Set(built.keys))
        for (module, dependencies) in built where drawn[module] != dependencies {
            Issue.record(
                """
                \(module) depends on \(dependencies.sorted().joined(separator: " ")) and is drawn on \
                \((drawn[module] ?? []).sorted().joined(separator: " "))
                """)
        }
    }

    @Test("has every arrow point down")
    func arrows() throws {
        let drawing = try ModuleDrawing.read()
        for (module, below) in drawing.standsOn {
            let floor = try #require(drawing.floors[module])
            #expect(floor < 10, "\(module) stands on no floor")
            for other in below {
                #expect((drawing.floors[other] ?? floor) < floor, "\(module) stands on \(other), which is not below it")
            }
        }
    }

    @Test("is read as it is meant")
    func reading() {
        let drawing = ModuleDrawing("2   Top ──► Left CDeep\n1   Left · Right ─► CDeep\nC   CDeep · COther\n")
        #expect(drawing.floors == ["Top": 2, "Left": 1, "Right": 1, "CDeep": -1, "COther": -1])
        #expect(drawing.standsOn["Top"] == ["Left", "CDeep"])
        #expect(drawing.standsOn["Right"] == ["CDeep"])
        let manifest = Manifest(
            """
            .target(name: "Left", dependencies: ["CDeep", nio, .product(name: "GRDB", package: "GRDB.swift")]),
            .executableTarget(name: "Top", dependencies: ["Left"], swiftSettings: strict),
            .systemLibrary(name: "CDeep", pkgConfig: "deep", providers: [.apt(["libdeep-dev"])]),
            .testTarget(name: "TopTests", dependencies: ["Top"]),
            .target(name: "Support", path: "Tests/Support"),
            """)
        #expect(manifest.targets == ["Left": ["CDeep"], "Top": ["Left"], "CDeep": []])
    }
}

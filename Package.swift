// swift-tools-version: 6.2
import PackageDescription

// Every target of ours is compiled with these: the floors of docs/architecture.md are only as good as the imports are honest.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "turnstone",
    dependencies: [],
    targets: [
        .target(name: "Domain", swiftSettings: strict),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "Curl", dependencies: ["CCurl"], swiftSettings: strict),
        .target(name: "Fetchers", dependencies: ["Domain", "Curl"], swiftSettings: strict),
        .testTarget(name: "DomainTests", dependencies: ["Domain"], swiftSettings: strict),
        .target(name: "FetchFixtures", path: "Tests/FetchFixtures", swiftSettings: strict),
        .testTarget(name: "CurlTests", dependencies: ["CCurl", "Curl", "FetchFixtures"], swiftSettings: strict),
        .testTarget(name: "FetchersTests", dependencies: ["Domain", "Curl", "Fetchers", "FetchFixtures"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

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
        .testTarget(name: "DomainTests", dependencies: ["Domain"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

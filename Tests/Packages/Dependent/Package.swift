// swift-tools-version: 6.2
import PackageDescription

// Somebody else's program: it depends on ours by path and on NIO by a range of its own, as its other dependencies do.
let package = Package(
    name: "dependent",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "turnstone", path: "../../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
    ],
    targets: [
        .executableTarget(
            name: "Dependent",
            dependencies: [
                .product(name: "SocketIO", package: "turnstone"), .product(name: "EngineIO", package: "turnstone"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ])
    ],
    swiftLanguageModes: [.v6]
)

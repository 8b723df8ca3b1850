// swift-tools-version: 6.2
import PackageDescription

// Every target of ours is compiled with these: the floors of docs/architecture.md are only as good as the imports are
// honest.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// A program is built with exactly what it was tested with; a library leaves its users the choice. `make` sets the
// variable, and whoever depends on this package does not.
let isPinned = Context.environment["TURNSTONE_PINNED"] == "1"

func dependency(_ url: String, _ version: Version) -> Package.Dependency {
    isPinned ? .package(url: url, exact: version) : .package(url: url, from: version)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "turnstone",
    products: [
        .executable(name: "turnstone", targets: ["App"]),
        .executable(name: "turnstone-jq", targets: ["JQWorker"]),
        .executable(name: "turnstone-bench", targets: ["Bench"]),
        .executable(name: "socketio-testapp", targets: ["SocketIOTestApp"]),
        .library(name: "EngineIO", targets: ["EngineIO"]),
        .library(name: "SocketIO", targets: ["SocketIO"]),
        .library(name: "SocketIOAdapters", targets: ["SocketIOAdapters"]),
        .library(name: "SocketIOAdmin", targets: ["SocketIOAdmin"]),
        .library(name: "SocketIOHummingbird", targets: ["SocketIOHummingbird"]),
    ],
    dependencies: [
        dependency("https://github.com/apple/swift-argument-parser", "1.8.2"),
        dependency("https://github.com/apple/swift-collections", "1.6.0"),
        dependency("https://github.com/apple/swift-configuration", "1.4.0"),
        dependency("https://github.com/apple/swift-crypto", "4.5.2"),
        dependency("https://github.com/apple/swift-http-types", "1.8.0"),
        dependency("https://github.com/apple/swift-log", "1.16.2"),
        dependency("https://github.com/apple/swift-metrics", "2.13.0"),
        dependency("https://github.com/apple/swift-nio", "2.101.2"),
        dependency("https://github.com/apple/swift-nio-extras", "1.35.2"),
        dependency("https://github.com/apple/swift-nio-ssl", "2.37.6"),
        dependency("https://github.com/groue/GRDB.swift", "7.10.0"),
        dependency("https://github.com/hummingbird-project/hummingbird", "2.28.1"),
        dependency("https://github.com/hummingbird-project/swift-mustache", "2.1.1"),
        dependency("https://github.com/swift-server/swift-service-lifecycle", "2.13.0"),
    ],
    targets: [
        // Headers and one-line shims of the C libraries.
        .target(name: "CAllocator"),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .target(name: "CSpawn"),
        .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // Floor 0: stands on nothing of ours.
        .target(name: "Domain", dependencies: ["CXXHash"], swiftSettings: strict),
        .target(name: "Curl", dependencies: ["CCurl"], swiftSettings: strict),
        .target(name: "Differences", dependencies: ["CXXHash"], swiftSettings: strict),
        .target(name: "Patterns", dependencies: ["CPCRE2"], swiftSettings: strict),
        // A program of its own, in C: what runs in it may end it.
        .executableTarget(name: "JQWorker", linkerSettings: [.linkedLibrary("jq")]),
        .target(
            name: "EngineIO",
            dependencies: [
                "CZlib", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioConcurrency, nioFoundation, logging, metrics,
            ],
            swiftSettings: strict),
        .target(
            name: "Redis", dependencies: [nioCore, nioPosix, nioConcurrency, nioSSL, logging], swiftSettings: strict),

        // Floor 1: each knows one technology.
        .target(name: "Fetchers", dependencies: ["Domain", "Curl"], swiftSettings: strict),
        .target(
            name: "SocketIO",
            dependencies: [
                "EngineIO", nioCore, nioPosix, nioHTTP1, nioConcurrency, nioFoundation, logging, metrics,
            ],
            swiftSettings: strict),

        .target(
            name: "Storage",
            dependencies: [
                "Domain", "CZstd", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"), crypto,
            ],
            swiftSettings: strict),
        .target(
            name: "Detection",
            dependencies: ["Domain", "Differences", "Patterns", "CLibXML2", "CSpawn", "CXXHash", crypto],
            swiftSettings: strict),

        .target(
            name: "SocketIOAdmin",
            dependencies: ["SocketIO", "EngineIO", nioCore, nioPosix, nioHTTP1, nioConcurrency, crypto],
            swiftSettings: strict),

        .target(
            name: "SocketIOHummingbird",
            dependencies: [
                "EngineIO", nioCore, nioHTTP1, logging, .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            swiftSettings: strict),

        // Floor 2: the machine that runs, and what servers of many processes need.
        .target(
            name: "SocketIOAdapters",
            dependencies: [
                "SocketIO", "EngineIO", "Redis", nioCore, nioPosix, nioConcurrency, nioFoundation, logging, metrics,
            ],
            swiftSettings: strict),

        .target(
            name: "Monitor",
            dependencies: [
                "Domain", "Storage", "Fetchers", "Detection", "CAllocator", logging,
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: strict),

        // What all that is reachable by HTTP shares.
        .target(
            name: "WebCore",
            dependencies: [
                "Domain", "Storage", "Detection", "EngineIO", "CZlib", hummingbird, nioCore, nioPosix, nioHTTP1,
                logging, httpTypes,
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            swiftSettings: strict),

        // Floor 3: who is answered, side by side.
        .target(
            name: "API",
            dependencies: [
                "Domain", "Storage", "Fetchers", "Differences", "Monitor", "WebCore", hummingbird, nioCore, httpTypes,
            ],
            swiftSettings: strict),
        .target(
            name: "Pages",
            dependencies: [
                "Domain", "Storage", "Fetchers", "Detection", "Differences", "Monitor", "WebCore", hummingbird, nioCore,
                logging, httpTypes,
            ],
            swiftSettings: strict),
        .target(
            name: "Realtime",
            dependencies: [
                "Domain", "Storage", "Monitor", "SocketIO", "EngineIO", "WebCore", nioCore, logging,
            ],
            swiftSettings: strict),

        // Floor 4: everything reachable by HTTP, put together.
        .target(
            name: "Web",
            dependencies: [
                "Domain", "Storage", "Monitor", "WebCore", "API", "Pages", "Realtime", "SocketIOHummingbird",
                hummingbird, nioCore, nioPosix, logging, serviceLifecycle,
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ],
            swiftSettings: strict),

        // Floor 5: the program.
        .executableTarget(
            name: "App",
            dependencies: [
                "Domain", "Curl", "Storage", "Fetchers", "Detection", "Differences", "Monitor", "WebCore", "API",
                "Realtime",
                "Web", hummingbird, nioCore, nioPosix, logging, crypto, httpTypes, serviceLifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "Bench",
            dependencies: [
                "Domain", "Curl", "Storage", "Fetchers", "Detection", "Differences", "Monitor", logging, nioCore,
                nioPosix, nioConcurrency, crypto, .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),

        // Tests, and what they share.
        .testTarget(name: "BenchTests", dependencies: ["Bench", "TestSupport"], swiftSettings: strict),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "FaultVFS", path: "Tests/FaultVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "StoreTestKit",
            dependencies: [
                "Domain", "FaultVFS", "Storage", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "Tests/StoreTestKit", swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(name: "DomainTests", dependencies: ["Domain", "TestSupport"], swiftSettings: strict),
        .target(
            name: "FetchFixtures", dependencies: ["SocketTestKit"], path: "Tests/FetchFixtures", swiftSettings: strict),
        .testTarget(name: "CurlTests", dependencies: ["CCurl", "Curl", "FetchFixtures"], swiftSettings: strict),
        .testTarget(
            name: "MonitorTests",
            dependencies: [
                "Monitor", "Curl", "Domain", "Detection", "FetchFixtures", "Fetchers", "Storage", "StoreTestKit",
                "TestSupport", logging, .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "WebTestSupport",
            dependencies: [
                "CZlib", "Domain", "Curl", "Fetchers", "Monitor", "Storage", "StoreTestKit", "WebCore", hummingbird,
                nioCore, logging, httpTypes,
            ],
            path: "Tests/WebTestSupport", swiftSettings: strict),
        .testTarget(
            name: "WebCoreTests",
            dependencies: ["WebCore", "WebTestSupport", nioCore, nioHTTP1, nioEmbedded, logging],
            swiftSettings: strict),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "WebCore", "WebTestSupport", "Domain", "Monitor", "Storage", "StoreTestKit", hummingbird,
                httpTypes, logging, nioEmbedded,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PagesTests",
            dependencies: [
                "Pages", "WebCore", "WebTestSupport", "Domain", "Differences", "Fetchers", "Monitor", "Storage",
                "StoreTestKit", hummingbird, nioCore, httpTypes, nioEmbedded,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RealtimeTests",
            dependencies: [
                "Realtime", "WebCore", "WebTestSupport", "Domain", "Monitor", "Storage", "StoreTestKit", "EngineIO",
                "SocketIO", "SocketTestKit", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"), nioCore,
                nioPosix, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "App", "Domain", "TestSupport", logging, serviceLifecycle,
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "App", "Domain", "Monitor", "Pages", "Storage", "SocketTestKit", "TestSupport", logging, nioCore,
                serviceLifecycle,
                httpTypes,
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            exclude: ["Clients"], swiftSettings: strict),
        .testTarget(name: "DifferencesTests", dependencies: ["Differences", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "DetectionTests", dependencies: ["Detection", "Differences", "Patterns", "Domain", "TestSupport"],
            resources: [.copy("Golden")], swiftSettings: strict),
        .executableTarget(
            name: "PageProbe", dependencies: ["Detection", "Domain"], path: "Tests/PageProbe", swiftSettings: strict),
        .executableTarget(
            name: "StoreLoop", dependencies: ["Storage", "Domain"], path: "Tests/StoreLoop", swiftSettings: strict),
        .executableTarget(
            name: "StorageBench", dependencies: ["Storage", "Domain"], path: "Tests/StorageBench", swiftSettings: strict
        ),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Storage", "StoreLoop", "StoreTestKit", "Domain", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Golden"], swiftSettings: strict),
        .executableTarget(
            name: "SocketIOTestApp",
            dependencies: ["EngineIO", "SocketIO", nioCore, nioPosix, nioHTTP1, nioConcurrency],
            path: "Tests/SocketIOTestApp", swiftSettings: strict),
        .executableTarget(
            name: "ChatExample", dependencies: ["EngineIO", "SocketIO", nioCore, nioPosix], path: "Examples/Chat",
            swiftSettings: strict),
        .executableTarget(
            name: "ProgressExample", dependencies: ["EngineIO", "SocketIO", nioCore, nioPosix],
            path: "Examples/Progress", swiftSettings: strict),
        .target(
            name: "SocketTestKit", dependencies: ["CSpawn", nioCore, nioPosix, nioConcurrency, logging],
            path: "Tests/SocketTestKit",
            resources: [.copy("Guard"), .copy("Python")], swiftSettings: strict),
        .testTarget(
            name: "EngineIOTests",
            dependencies: [
                "EngineIO", "SocketTestKit", nioCore, nioPosix, nioHTTP1, nioConcurrency,
                nioEmbedded,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SocketIOTests",
            dependencies: [
                "SocketIO", "EngineIO", "SocketTestKit", nioCore, nioPosix, nioHTTP1, nioConcurrency, metrics,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            resources: [.copy("Clients")], swiftSettings: strict),
        .testTarget(
            name: "SocketIOHummingbirdTests",
            dependencies: [
                "SocketIOHummingbird", "SocketIO", "EngineIO", "SocketTestKit", hummingbird, nioCore, nioPosix,
                serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SocketIOAdminTests",
            dependencies: [
                "SocketIOAdmin", "SocketIO", "EngineIO", "SocketTestKit", nioCore, nioPosix, nioConcurrency, logging,
            ],
            resources: [.copy("Clients")], swiftSettings: strict),
        .testTarget(
            name: "SocketIOAdaptersTests",
            dependencies: [
                "SocketIOAdapters", "SocketIO", "EngineIO", "Redis", "SocketTestKit", nioCore, nioPosix, nioConcurrency,
                logging,
            ],
            resources: [.copy("Servers")], swiftSettings: strict),
        .testTarget(
            name: "RedisTests",
            dependencies: ["Redis", "SocketTestKit", nioCore, nioPosix, nioConcurrency], swiftSettings: strict),
        .testTarget(
            name: "SocketIOLeakTests",
            dependencies: [
                "SocketIO", "EngineIO", "SocketTestKit", nioCore, nioHTTP1, nioConcurrency,
                nioEmbedded,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FetchersTests", dependencies: ["Domain", "Curl", "Fetchers", "FetchFixtures", "TestSupport"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// This target links only with libFuzzer, when `tools/fuzz` builds it.
if Context.environment["TURNSTONE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: ["Detection", "Differences", "Domain", "EngineIO", "SocketIO", nioCore, nioHTTP1],
            path: "Tests/Fuzz", exclude: ["Corpus"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}

import Foundation
import NIOCore
import NIOPosix

/// A server that foreign protocol suites and load generators drive:
/// `socketio-testapp --port N --app suite|bench|probe [--variant plain|full|recovery]`.
@main
struct TestApp {
    static func main() async throws {
        let options = Options(CommandLine.arguments)
        let group = MultiThreadedEventLoopGroup.singleton
        let listener =
            switch options.app {
            case "suite": try await SuiteApp.run(port: options.port, group: group)
            case "probe": try await ProbeApp.run(options.variant, port: options.port, group: group)
            default: try await BenchApp.run(port: options.port, group: group)
            }
        let port = listener.localAddress?.port ?? options.port
        FileHandle.standardOutput.write(Data("listening on \(port)\n".utf8))
        try await listener.closeFuture.get()
    }
}

/// The command line.
struct Options {
    var port = 3000
    var app = "suite"
    var variant = ProbeApp.Variant.plain

    init(_ arguments: [String]) {
        for (name, value) in zip(arguments, arguments.dropFirst()) {
            if name == "--port" { port = Int(value) ?? port }
            if name == "--app" { app = value }
            if name == "--variant" { variant = ProbeApp.Variant(rawValue: value) ?? variant }
        }
    }
}

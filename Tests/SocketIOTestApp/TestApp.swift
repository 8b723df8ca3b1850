import Foundation
import NIOCore
import NIOPosix

/// A server that foreign protocol suites and load generators drive:
/// `socketio-testapp --port N --app suite|bench|probe [--variant plain|full|recovery]`.
@main
struct TestApp {
    static func main() async throws {
        let options: Options
        do {
            options = try Options(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("socketio-testapp: \(error)\n\(Options.usage)\n".utf8))
            exit(2)
        }
        let group = MultiThreadedEventLoopGroup.singleton
        let listener =
            switch options.app {
            case .suite: try await SuiteApp.run(port: options.port, group: group)
            case .probe: try await ProbeApp.run(options.variant, port: options.port, group: group)
            case .bench: try await BenchApp.run(port: options.port, group: group)
            }
        let port = listener.localAddress?.port ?? options.port
        FileHandle.standardOutput.write(Data("listening on \(port)\n".utf8))
        try await listener.closeFuture.get()
    }
}

/// The command line.
struct Options {
    enum App: String, CaseIterable {
        case suite, bench, probe
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let usage = "usage: socketio-testapp [--port N] [--app suite|bench|probe] [--variant plain|full|recovery]"

    var port = 3000
    var app = App.suite
    var variant = ProbeApp.Variant.plain

    init(_ words: [String]) throws {
        var words = words[...]
        while let name = words.popFirst() {
            let value = words.popFirst() ?? ""
            switch name {
            case "--port": port = try Self.read(name, value) { UInt16($0).map(Int.init) }
            case "--app": app = try Self.read(name, value, App.init)
            case "--variant": variant = try Self.read(name, value, ProbeApp.Variant.init)
            default: throw Failure(description: "\(name) is no option")
            }
        }
    }

    private static func read<Value>(_ name: String, _ value: String, _ reading: (String) -> Value?) throws -> Value {
        guard let read = reading(value) else { throw Failure(description: "\(name) cannot be “\(value)”") }
        return read
    }
}

import Foundation
import SocketTestKit

/// RabbitMQ, which only the tests of the adapters need.
extension RealServer {
    static func script(_ name: String) throws -> String {
        guard let file = Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Servers") else {
            throw Missing(description: "\(name) is not among the resources of the tests")
        }
        return file.path
    }

    /// With `tls` it also listens on that port, with the certificate in that folder.
    static func rabbit(port: Int, tls: (port: Int, folder: String)? = nil) async throws -> RealProgram {
        _ = try path(of: "RabbitMQ", "/usr/lib/rabbitmq/bin/rabbitmq-server", package: "rabbitmq-server")
        let program = try RealProgram(
            "/bin/sh",
            [script("rabbitmq.sh"), "\(port)", "\(await freePort())", "\(await freePort())"]
                + (tls.map { ["\($0.port)", $0.folder] } ?? []), grace: 0)
        try await program.line(containing: "Server startup complete")
        return program
    }

    /// The RabbitMQ of all tests that do not stop it; it takes seconds to start.
    static let sharedRabbit = Task { () -> Int in
        let port = try await freePort()
        keep(try await rabbit(port: port))
        return port
    }
}

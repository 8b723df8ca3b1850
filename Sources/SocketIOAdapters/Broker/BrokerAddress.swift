import NIOCore
import NIOSSL

/// Where a broker is and whether TLS is spoken with it.
struct BrokerAddress: Sendable, Equatable {
    var host: String
    var port: Int
    var usesTLS = false
    /// A file of the certificates that are trusted in place of the system's.
    var trustRoots: String?

    /// The handler that speaks TLS; nil where none is wanted.
    func makeTLSHandler() throws(BrokerFailure) -> NIOSSLClientHandler? {
        guard usesTLS else { return nil }
        do {
            var settings = TLSConfiguration.makeClientConfiguration()
            if let trustRoots { settings.trustRoots = .file(trustRoots) }
            let context = try NIOSSLContext(configuration: settings)
            // Certificates for addresses are checked against the address; only names are told to the server.
            let isName = (try? SocketAddress(ipAddress: host, port: port)) == nil
            return try NIOSSLClientHandler(context: context, serverHostname: isName ? host : nil)
        } catch {
            throw .unreachable("TLS: \(error)")
        }
    }
}

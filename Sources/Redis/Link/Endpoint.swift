import NIOCore
import NIOPosix
import NIOSSL

/// Where a server is and whether TLS is spoken with it.
package struct Endpoint: Sendable, Equatable {
    package enum Place: Sendable, Equatable {
        case host(String, port: Int)
        /// The path of a Unix domain socket.
        case socket(path: String)
    }

    package var place: Place
    package var usesTLS: Bool
    /// A file of the certificates that are trusted in place of the system's.
    package var trustRoots: String?

    package init(_ place: Place, usesTLS: Bool = false, trustRoots: String? = nil) {
        self.place = place
        self.usesTLS = usesTLS
        self.trustRoots = trustRoots
    }

    /// The handler that speaks TLS; nil where none is wanted. Trust is read anew for each connection, so that renewed
    /// authorities are noticed.
    func makeTLSHandler() throws(LinkFailure) -> NIOSSLClientHandler? {
        guard usesTLS, case .host(let host, let port) = place else { return nil }
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

    func connect(_ bootstrap: ClientBootstrap) -> EventLoopFuture<any Channel> {
        switch place {
        case .host(let host, let port):
            bootstrap.channelOption(.socketOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
        case .socket(let path): bootstrap.connect(unixDomainSocketPath: path)
        }
    }
}

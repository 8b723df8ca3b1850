internal import Curl
internal import Domain
internal import Synchronization

/// One client, and so one pool of connections, for each way to a page and each trust in its server.
///
/// Never one for several, because libcurl (7.88, `ConnectionExists` in its url.c) does not ask everything that
/// matters when it looks for a connection to use again: the credentials of an HTTP proxy are not compared, so that a
/// tunnel that one name was let through serves another; of an https proxy towards an http page the server's TLS
/// options are compared instead of the proxy's; and the address policy is asked only when a socket is opened.
///
/// A client is a thread and some memory, so at most `most` are kept besides the usual one: the one that was used
/// longest ago goes, with its connections, when its last fetch has ended.
final class CurlClients: Sendable {
    /// What must not share a connection with anything else.
    struct Way: Hashable {
        var proxy: ProxyAddress?
        var trust: ServerTrust
    }

    private struct Entry {
        let client: CurlClient
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Way: Entry] = [:]
        var uses: UInt64 = 0
        var isClosed = false
    }

    static let most = 32
    /// Of each client that is not the usual one.
    private static let idleConnections = 64

    private let options: CurlOptions
    private let usual: CurlClient
    private let state = Mutex(State())

    init(_ options: CurlOptions) throws(CurlError) {
        self.options = options
        usual = try CurlClient(options)
    }

    /// The client for one way; starts it when there is none.
    func client(_ way: Way) throws(CurlError) -> CurlClient {
        if way.proxy == nil, way.trust == .system { return usual }
        // A client that is given up joins its thread, which nobody else should wait for.
        var givenUp: CurlClient?
        defer { withExtendedLifetime(givenUp) {} }
        let result = state.withLock { state -> Result<CurlClient, CurlError> in
            if state.isClosed { return .failure(.cancelled) }
            state.uses += 1
            if let entry = state.entries[way] {
                state.entries[way]?.lastUse = state.uses
                return .success(entry.client)
            }
            do throws(CurlError) {
                let client = try CurlClient(options(way))
                if state.entries.count >= Self.most { givenUp = Self.removeOldest(&state) }
                state.entries[way] = Entry(client: client, lastUse: state.uses)
                return .success(client)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// How many there are besides the usual one.
    var count: Int { state.withLock { $0.entries.count } }

    /// Ends all transfers of all clients, and starts no client any more.
    func close() {
        let clients = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        for client in clients + [usual] { client.close() }
    }

    private static func removeOldest(_ state: inout State) -> CurlClient? {
        let oldest = state.entries.min { $0.value.lastUse < $1.value.lastUse }
        return oldest.flatMap { state.entries.removeValue(forKey: $0.key)?.client }
    }

    private func options(_ way: Way) -> CurlOptions {
        var options = options
        options.idleConnections = min(options.idleConnections, Self.idleConnections)
        options.proxy = way.proxy.map(CurlProxy.init)
        options.trust =
            switch way.trust {
            case .system: .system
            case .selfSigned: .anyCertificate
            case .authority(let authority): .only(authority.pem)
            }
        return options
    }
}

extension CurlProxy {
    init(_ address: ProxyAddress) {
        let kind: Kind =
            switch address.scheme {
            case .http: .http
            case .https: .https
            case .socks5: .socks5
            case .socks5h: .socks5h
            }
        self.init(kind, host: address.host, port: address.port, user: address.user, password: address.password)
    }
}

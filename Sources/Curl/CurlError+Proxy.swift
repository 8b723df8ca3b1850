internal import CCurl

/// What a proxy has to do with the end of a transfer.
extension CurlError {
    /// The proxy's failure, as words that follow its name; nil when the way was there, and what failed lies behind it.
    ///
    /// Never in libcurl's words, some of which name the proxy with all that belongs to it.
    static func proxyFailure(
        _ code: CURLcode, _ proxy: CurlProxy, _ known: Circumstances, _ text: String
    ) -> CurlError? {
        if code == CURLE_PROXY { return socksFailure(known) }
        if code == CURLE_COULDNT_RESOLVE_PROXY { return .proxyFailed("could not be resolved by its host name") }
        // 401 is the server's to say, but tinyproxy says it to a wrong password.
        if [401, 407].contains(known.proxyStatus) { return .proxyRefused(known.refusal) }
        if known.proxyStatus >= 300 { return .proxyFailed(tunnelFailure(known.proxyStatus)) }
        // Without a tunnel the proxy is all that is connected to, so its silence cannot be told from the server's.
        let isOpening = !known.wasConnected && known.proxyStatus == 0
        guard isOpening || (known.isReadByProxy && !known.wasAnswered) else { return nil }
        switch code {
        case CURLE_COULDNT_CONNECT:
            return connectFailure(known)
        case CURLE_OPERATION_TIMEDOUT:
            return .proxyFailed((isOpening ? "did not connect to the page's server" : "did not respond") + " in time")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
            // Before CONNECT is answered the only TLS is the proxy's own.
            guard proxy.kind == .https else { return nil }
            return .proxyFailed("did not complete a secure connection (certificate or TLS error)")
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            return .proxyFailed("closed the connection")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
            return .proxyFailed("does not respond like a proxy")
        default:
            return nil
        }
    }

    private static func connectFailure(_ known: Circumstances) -> CurlError {
        switch connectFailure(known, "") {
        case .connectionRefused: .proxyFailed("refused the connection")
        case .unreachable: .proxyFailed("is unreachable: there is no network route to it")
        case .connectTimedOut: .proxyFailed("did not accept the connection in time")
        case .connectionLost: .proxyFailed("closed the connection")
        case let other: other
        }
    }

    private static func tunnelFailure(_ status: Int) -> String {
        switch status {
        case 400, 403, 405: "does not allow a tunnel (CONNECT) to the page's address and port (status \(status))"
        case 500, 502, 503, 504: "could not reach the page's server (status \(status))"
        default: "answered with status \(status) when asked for a tunnel (CONNECT)"
        }
    }

    private static func socksFailure(_ known: Circumstances) -> CurlError {
        switch CURLproxycode(UInt32(clamping: known.proxyCode)) {
        case CURLPX_NO_AUTH, CURLPX_USER_REJECTED, CURLPX_RECV_AUTH: .proxyRefused(known.refusal)
        case CURLPX_RESOLVE_HOST: .nameNotFound
        case CURLPX_REPLY_NOT_ALLOWED: .proxyFailed("does not allow connections to the page's server")
        case CURLPX_REPLY_CONNECTION_REFUSED: .proxyFailed("was refused by the page's server")
        case CURLPX_REPLY_HOST_UNREACHABLE, CURLPX_REPLY_NETWORK_UNREACHABLE, CURLPX_REPLY_TTL_EXPIRED,
            CURLPX_REPLY_GENERAL_SERVER_FAILURE:
            .proxyFailed("could not reach the page's server")
        case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED: .proxyFailed("does not support this type of address")
        case CURLPX_CLOSED, CURLPX_RECV_CONNECT, CURLPX_RECV_REQACK, CURLPX_SEND_CONNECT, CURLPX_SEND_REQUEST:
            .proxyFailed("closed the connection")
        default: .proxyFailed("does not respond like a SOCKS5 proxy")
        }
    }
}

extension CurlError.Circumstances {
    /// What a proxy says that asks for credentials.
    var refusal: String {
        proxy?.user == nil
            ? "requires a user name and password, and its URL has none"
            : "rejected the user name and password in its URL"
    }
}

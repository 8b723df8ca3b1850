internal import CCurl

/// Which way a handle goes to the server, and whom it believes there.
extension Flight {
    /// Goes through the client's proxy, or straight there.
    func setWay() {
        // Never unset: libcurl would take the environment's, and the address policy would see only theirs.
        ccurl_set_string(easy, CURLOPT_NOPROXY, "")
        guard lookUp == nil, let proxy = options.proxy else {
            ccurl_set_string(easy, CURLOPT_PROXY, "")
            // What is looked up must open a socket, so that its addresses are seen.
            ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, lookUp == nil ? 0 : 1)
            return
        }
        // With socks5h an IPv6 address would be sent as if it were a name.
        let isNumber = target != nil && proxy.kind == .socks5h
        ccurl_set_string(easy, CURLOPT_PROXY, proxy.address(as: isNumber ? .socks5 : proxy.kind))
        if let user = proxy.user {
            ccurl_set_string(easy, CURLOPT_PROXYUSERNAME, user)
            ccurl_set_string(easy, CURLOPT_PROXYPASSWORD, proxy.password ?? "")
        }
        ccurl_set_long(easy, CURLOPT_PROXYAUTH, Int(ccurl_basic_login))
        // GSS-API, which libcurl would offer too, shows the proxy tickets of whoever runs this.
        ccurl_set_long(easy, CURLOPT_SOCKS5_AUTH, Int(ccurl_basic_login))
        // What a proxy answers to CONNECT is not the page's.
        ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        ccurl_set_string(easy, CURLOPT_PROXY_CAPATH, nil)
        ccurl_set_string(easy, CURLOPT_PROXY_CAINFO, certificates.path)
        setTarget(proxy)
    }

    /// Tells the proxy the address that was checked in place of the name, so that it cannot find another one.
    ///
    /// An HTTP proxy is asked for a tunnel then, for http too: the request's line, the only thing that it reads
    /// otherwise, names the server by name (RFC 9112, 3.2.2). TLS and the Host header keep the name either way.
    private func setTarget(_ proxy: CurlProxy) {
        guard let target else { return }
        let text = target.bytes.count == 4 ? target.description : "[\(target)]"
        targetLine = curl_slist_append(nil, "::\(text):")
        ccurl_set_list(easy, CURLOPT_CONNECT_TO, targetLine)
        // libcurl does so by itself, except where the server's name is the address.
        if proxy.speaksHTTP { ccurl_set_long(easy, CURLOPT_HTTPPROXYTUNNEL, 1) }
    }

    func setTrust() {
        // With a directory of certificates, libcurl parses them all for every connection.
        ccurl_set_string(easy, CURLOPT_CAPATH, nil)
        ccurl_set_string(easy, CURLOPT_CAINFO, (authority ?? certificates).path)
        let isChecked = options.trust != .anyCertificate
        ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, isChecked ? 1 : 0)
        ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, isChecked ? 2 : 0)
    }
}

internal import CCurl
internal import Glibc

/// What libcurl calls while it is in the air.
extension Flight {
    /// Takes one header line; returns how many bytes it took, anything else than all ends the transfer.
    ///
    /// Safety: libcurl lends the bytes of a callback until it returns, and what is kept of them is copied.
    func receiveHeader(_ line: UnsafeBufferPointer<CChar>) -> Int {
        if line.count >= 5, line[0] == 0x48, line[1] == 0x54, line[2] == 0x54, line[3] == 0x50, line[4] == 0x2F {
            // A status line: what came before was an interim answer.
            headers.removeAll(keepingCapacity: true)
            headerCount = 0
            return line.count
        }
        headerCount += 1
        guard headers.count + line.count <= options.headerBytes, headerCount <= options.headerCount else {
            stop = .badAnswer("its headers are too many or too long")
            return -1
        }
        line.withMemoryRebound(to: UInt8.self) { headers.append(contentsOf: $0) }
        if line.count <= 2 {
            var status = 0
            ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
            isAnswered = status >= 200
            if isAnswered, let problem = ContentLength.problem(in: CurlHeaders(bytes: headers)) {
                stop = .badAnswer(problem)
                return -1
            }
        }
        return line.count
    }

    /// Takes a piece of the body after decoding; returns how many bytes it took.
    func receiveBody(_ piece: UnsafeBufferPointer<CChar>) -> Int {
        if body.isEmpty, !prepare() { return -1 }
        guard piece.count <= bodyLimit - body.count else {
            stop = .bodyTooLarge(bodyLimit)
            return -1
        }
        let share = self.share ?? options.bodies.share()
        self.share = share
        guard share.take(piece.count) else {
            stop = .noRoom
            return -1
        }
        piece.withMemoryRebound(to: UInt8.self) { body.append(contentsOf: $0) }
        return piece.count
    }

    /// Makes room for a body of the length the server announces; false when that is over the limit already.
    private func prepare() -> Bool {
        var length: curl_off_t = -1
        ccurl_get_large(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
        guard length <= bodyLimit else {
            stop = .bodyTooLarge(bodyLimit)
            return false
        }
        // A server may lie: what it announces buys at most a megabyte. One that announces nothing sends a page of usual
        // size, as a rule.
        body.reserveCapacity(length > 0 ? min(Int(length), 1_048_576) : min(65_536, bodyLimit))
        return true
    }

    /// Opens a socket to an address the policy allows, or to the client's own proxy.
    func openSocket(_ target: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let length = Int(target.pointee.addrlen)
        guard let raw = ccurl_address(target), let address = IPAddress(raw, length: length) else {
            return CURL_SOCKET_BAD
        }
        guard lookUp == nil else {
            lookUp?.found.append(address)
            return CURL_SOCKET_BAD
        }
        if let proxy = options.proxy {
            guard proxy.mayBe(at: address, port: IPAddress.port(raw)), options.proxyAddresses.allows(address) else {
                isProxyRefused = true
                return CURL_SOCKET_BAD
            }
        } else if !options.addresses.allows(address) {
            refused = address
            return CURL_SOCKET_BAD
        }
        let socket = sockets.open(target.pointee)
        // libcurl does not ask why and would call it a refusal by the host.
        if socket == CURL_SOCKET_BAD { denial = errno } else { meter.opened = socket }
        return socket
    }
}

internal import CCurl

/// A server's address, found and checked here before a proxy is told of it.
///
/// With a proxy the only socket is the one to the proxy, so the address policy, which is asked about sockets, would see
/// nothing of the server. So the handle first goes straight there and every socket is denied: libcurl then names all
/// addresses one by one, found as it always finds them (its cache, pinned names, numbers in any notation). What the
/// policy allows is handed to the proxy as a number, so that a name cannot lead elsewhere a moment later.
///
/// Nothing is looked up where everything is allowed: the name goes to the proxy, which may know some that are not
/// known here.
struct LookUp {
    let transfer: CurlTransfer
    let start = EventLoop.now()
    var found: [IPAddress] = []

    init(_ transfer: CurlTransfer) {
        self.transfer = transfer
    }
}

extension Flight {
    /// The client's policy says no to some addresses, and a proxy would be the one that connects.
    var mustLookUp: Bool { options.proxy != nil && options.addresses != .any }

    /// Takes what was looked up and sets the handle up for the transfer; false when there is nothing to go on with.
    func goesOn(after code: CURLcode) -> Bool {
        guard code == CURLE_COULDNT_CONNECT, stop == nil, let ended = lookUp, let first = ended.found.first else {
            return false
        }
        let allowed = ended.found.filter(options.addresses.allows)
        // A proxy takes one address only, and more of them have IPv4 than IPv6.
        guard let target = allowed.first(where: { $0.bytes.count == 4 }) ?? allowed.first else {
            refused = first
            return false
        }
        var transfer = ended.transfer
        transfer.timeout -= .nanoseconds(EventLoop.now() - ended.start)
        clear()
        lookUp = nil
        self.target = target
        setUp(transfer)
        return true
    }
}

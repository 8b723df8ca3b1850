internal import CCurl

/// What a handle is told before it takes off.
extension Flight {
    func setCallbacks() {
        // Safety: the flight owns `easy`, so no callback of it can come when the flight is gone.
        let me = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(easy, CURLOPT_PRIVATE, me)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        ccurl_set_write(easy, CURLOPT_WRITEFUNCTION) { bytes, _, count, flight in
            Flight.at(flight)?.receiveBody(UnsafeBufferPointer(start: bytes, count: count)) ?? 0
        }
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        ccurl_set_write(easy, CURLOPT_HEADERFUNCTION) { bytes, _, count, flight in
            Flight.at(flight)?.receiveHeader(UnsafeBufferPointer(start: bytes, count: count)) ?? 0
        }
        ccurl_set_long(easy, CURLOPT_NOPROGRESS, 0)
        ccurl_set_pointer(easy, CURLOPT_XFERINFODATA, me)
        ccurl_set_progress(easy) { flight, _, _, _, _ in
            Flight.at(flight)?.isWithinWireLimit() == false ? 1 : 0
        }
        ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me)
        ccurl_set_open_socket(easy) { flight, _, address in
            guard let flight = Flight.at(flight), let address else { return CURL_SOCKET_BAD }
            return flight.openSocket(address)
        }
        // A connection outlives the transfer that opened it, so its end is told to what lives as long as the loop.
        ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(sockets).toOpaque())
        ccurl_set_close_socket(easy) { sockets, socket in
            // Safety: the loop keeps the sockets until the multi handle with all its connections is gone.
            sockets.map { Unmanaged<Sockets>.fromOpaque($0).takeUnretainedValue().close(socket) } ?? -1
        }
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
    }

    /// Safety: libcurl gives back the pointer `setCallbacks` gave it, on the loop's thread, while the handle is in the
    /// multi handle; the loop keeps the flight for that long.
    private static func at(_ pointer: UnsafeMutableRawPointer?) -> Flight? {
        pointer.map { Unmanaged<Flight>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The flight that a handle in the multi handle belongs to.
    static func of(_ easy: UnsafeMutableRawPointer?) -> Flight? {
        var pointer: UnsafeMutableRawPointer?
        if let easy { ccurl_get_private(easy, &pointer) }
        return at(pointer)
    }

    func setConnection() {
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(easy, CURLOPT_BUFFERSIZE, 65_536)
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(options.connectTimeout))
        // A look-up in a thread cannot be stopped; without this, ending the transfer waits for it and with it the whole
        // loop.
        ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate, br, zstd")
        ccurl_set_string(easy, CURLOPT_USERAGENT, options.userAgent)
        if options.slowestBytesPerSecond > 0 {
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, options.slowestBytesPerSecond)
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, max(1, Int(options.slowestFor.components.seconds)))
        }
    }

    func setRequest(_ transfer: CurlTransfer) {
        ccurl_set_string(easy, CURLOPT_URL, transfer.url.text)
        ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, Self.milliseconds(transfer.timeout))
        ccurl_set_string(easy, CURLOPT_COOKIEFILE, "")
        for cookie in transfer.cookies { ccurl_set_string(easy, CURLOPT_COOKIELIST, cookie) }
        for header in transfer.headers {
            if header.name.lowercased() == "cookie" {
                ccurl_set_string(easy, CURLOPT_COOKIE, header.value)
            } else {
                // An empty value is written with a semicolon: with a colon libcurl takes the header away.
                add(header.value.isEmpty ? header.name + ";" : header.name + ": " + header.value)
            }
        }
        setMethod(transfer)
        for name in options.pinnedNames {
            if let longer = curl_slist_append(pins, name) { pins = longer }
        }
        ccurl_set_list(easy, CURLOPT_RESOLVE, pins)
        ccurl_set_list(easy, CURLOPT_HTTPHEADER, headerList)
    }

    private func setMethod(_ transfer: CurlTransfer) {
        if transfer.method == "HEAD" {
            ccurl_set_long(easy, CURLOPT_NOBODY, 1)
        } else if let body = transfer.body {
            ccurl_set_large(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            body.withUnsafeBytes { bytes in
                // libcurl copies; an array without elements has no address, and nil would make it read the body from
                // elsewhere.
                let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress) ?? UnsafeMutableRawPointer(errorText)
                ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, start)
            }
            // libcurl would wait for a 100 Continue, and would call every body a form.
            add("Expect:")
            if !transfer.headers.contains(where: { $0.name.lowercased() == "content-type" }) { add("Content-Type:") }
            ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, transfer.method)
        } else if transfer.method != "GET" {
            ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, transfer.method)
            if transfer.method != "OPTIONS" && transfer.method != "DELETE" { add("Content-Length: 0") }
        }
    }

    private func add(_ line: String) {
        if let longer = curl_slist_append(headerList, line) { headerList = longer }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(seconds, 0), 1_000_000)
        return max(1, Int(bounded) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}

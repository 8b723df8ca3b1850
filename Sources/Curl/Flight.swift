internal import CCurl
internal import Glibc

/// One transfer in the air and the libcurl handle that carries it.
///
///     idle ──start──► flying ──land──► idle        belongs to the event loop's thread; recycled, not remade
///
/// The body is gathered here and handed over once, so that no chunk crosses to another thread.
final class Flight {
    /// Lives as long as the flight.
    let easy: UnsafeMutableRawPointer
    private let options: CurlOptions
    private let certificates: CertificateBundle
    private let sockets: Sockets
    private let errorText: UnsafeMutablePointer<CChar>

    private(set) var ticket: UInt64 = 0
    private var continuation: CheckedContinuation<Result<CurlAnswer, CurlError>, Never>?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var pins: UnsafeMutablePointer<curl_slist>?
    private var headers: [UInt8] = []
    private var headerCount = 0
    private var body: [UInt8] = []
    private var bodyLimit = 0
    /// The answer's last header line has come.
    private(set) var isAnswered = false
    /// Why a callback stopped the transfer; says more than the code libcurl makes of it.
    private var stop: CurlError?
    private var refused: IPAddress?

    init?(_ options: CurlOptions, _ certificates: CertificateBundle, _ sockets: Sockets) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.options = options
        self.certificates = certificates
        self.sockets = sockets
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        curl_slist_free_all(pins)
        errorText.deallocate()
    }

    /// Sets the handle up for `transfer`.
    func start(
        _ ticket: UInt64, _ transfer: CurlTransfer,
        _ continuation: CheckedContinuation<Result<CurlAnswer, CurlError>, Never>
    ) {
        self.ticket = ticket
        self.continuation = continuation
        bodyLimit = max(0, transfer.bodyLimit)
        setCallbacks()
        setConnection()
        setRequest(transfer)
    }

    /// Hands the result to who waits for it and makes the handle ready for the next transfer.
    func land(_ code: CURLcode) {
        finish(code == CURLE_OK && stop == nil ? .success(takeAnswer()) : .failure(stop ?? failure(code)))
    }

    /// Ends the transfer with `error`, whatever libcurl thinks of it.
    func abandon(_ error: CurlError) {
        finish(.failure(error))
    }

    private func finish(_ result: Result<CurlAnswer, CurlError>) {
        continuation?.resume(returning: result)
        continuation = nil
        // A reset keeps cookies: without this they would reach the next watch.
        ccurl_set_string(easy, CURLOPT_COOKIELIST, "ALL")
        curl_easy_reset(easy)
        curl_slist_free_all(headerList)
        headerList = nil
        curl_slist_free_all(pins)
        pins = nil
        headers = []
        headerCount = 0
        body = []
        isAnswered = false
        stop = nil
        refused = nil
        errorText[0] = 0
    }

    /// There is a connection, with TLS where the address wants it.
    var isConnected: Bool {
        var after: curl_off_t = 0
        ccurl_get_large(easy, CURLINFO_PRETRANSFER_TIME_T, &after)
        return after > 0
    }

    private func failure(_ code: CURLcode) -> CurlError {
        var system = 0
        ccurl_get_long(easy, CURLINFO_OS_ERRNO, &system)
        return CurlError(
            code,
            CurlError.Circumstances(
                text: String(cString: errorText), refused: refused, wasConnected: isConnected, wasAnswered: isAnswered,
                systemError: Int32(truncatingIfNeeded: system)))
    }

    private func takeAnswer() -> CurlAnswer {
        var status = 0
        var version = 0
        var list: UnsafeMutablePointer<curl_slist>?
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        ccurl_get_long(easy, CURLINFO_HTTP_VERSION, &version)
        ccurl_get_list(easy, CURLINFO_COOKIELIST, &list)
        defer { curl_slist_free_all(list) }
        var cookies: [String] = []
        var next = list
        while let cookie = next {
            cookies.append(String(cString: cookie.pointee.data))
            next = cookie.pointee.next
        }
        let major = version == CURL_HTTP_VERSION_2_0 ? 2 : version == CURL_HTTP_VERSION_3 ? 3 : 1
        return CurlAnswer(
            status: status, headers: CurlHeaders(bytes: headers), body: body, cookies: cookies, httpMajor: major)
    }
}

// MARK: Setting up

extension Flight {
    private func setCallbacks() {
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

    /// Safety: libcurl gives back the pointer `setCallbacks` gave it, on the loop's thread, while the handle is in the multi handle;
    /// the loop keeps the flight for that long.
    private static func at(_ pointer: UnsafeMutableRawPointer?) -> Flight? {
        pointer.map { Unmanaged<Flight>.fromOpaque($0).takeUnretainedValue() }
    }

    private func setConnection() {
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        // Otherwise the environment's proxies would be used, and the address policy would see only theirs.
        ccurl_set_string(easy, CURLOPT_PROXY, "")
        ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(options.connectTimeout))
        // A look-up in a thread cannot be stopped; without this, ending the transfer waits for it and with it the whole loop.
        ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        // With a directory of certificates, libcurl parses them all for every connection.
        ccurl_set_string(easy, CURLOPT_CAPATH, nil)
        ccurl_set_string(easy, CURLOPT_CAINFO, certificates.path)
        ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate, br, zstd")
        ccurl_set_string(easy, CURLOPT_USERAGENT, options.userAgent)
        if options.slowestBytesPerSecond > 0 {
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, options.slowestBytesPerSecond)
            ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, max(1, Int(options.slowestFor.components.seconds)))
        }
    }

    private func setRequest(_ transfer: CurlTransfer) {
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
                // libcurl copies; an array without elements has no address, and nil would make it read the body from elsewhere.
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

// MARK: What libcurl calls

extension Flight {
    /// Takes one header line; returns how many bytes it took, anything else than all ends the transfer.
    private func receiveHeader(_ line: UnsafeBufferPointer<CChar>) -> Int {
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
        }
        return line.count
    }

    /// Takes a piece of the body after decoding; returns how many bytes it took.
    private func receiveBody(_ piece: UnsafeBufferPointer<CChar>) -> Int {
        if body.isEmpty, !prepare() { return -1 }
        guard piece.count <= bodyLimit - body.count else {
            stop = .bodyTooLarge(bodyLimit)
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
        // A server may lie: what it announces buys at most a megabyte.
        if length > 0 { body.reserveCapacity(min(Int(length), 1_048_576)) }
        return true
    }

    /// Opens a socket to an address the policy allows.
    private func openSocket(_ target: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let length = Int(target.pointee.addrlen)
        guard let address = withUnsafePointer(to: &target.pointee.addr, { IPAddress($0, length: length) }) else {
            return CURL_SOCKET_BAD
        }
        guard options.addresses.allows(address) else {
            refused = address
            return CURL_SOCKET_BAD
        }
        return sockets.open(target.pointee)
    }
}

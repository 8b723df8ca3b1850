internal import CCurl
internal import Glibc

/// One transfer in the air and the libcurl handle that carries it.
///
///     idle ──start──► flying ──land──► idle        belongs to the event loop's thread; recycled, not remade
///       └──start──► looking up ──goesOn──► flying  where a proxy must be told an address that was checked
///
/// The body is gathered here and handed over once, so that no chunk crosses to another thread.
final class Flight {
    /// Lives as long as the flight.
    ///
    /// Safety: only the loop's thread uses these; `deinit` frees the handle, then what it reads from.
    let easy: UnsafeMutableRawPointer
    let options: CurlOptions
    let certificates: CertificateBundle
    let authority: CertificateBundle?
    let sockets: Sockets
    let errorText: UnsafeMutablePointer<CChar>

    private(set) var ticket: UInt64 = 0
    private var continuation: CheckedContinuation<Result<CurlAnswer, CurlError>, Never>?
    var headerList: UnsafeMutablePointer<curl_slist>?
    var pins: UnsafeMutablePointer<curl_slist>?
    var headers: [UInt8] = []
    var headerCount = 0
    var body: [UInt8] = []
    var bodyLimit = 0
    /// What the body is counted by in `options.bodies`; nil before its first byte.
    var share: BodyAllowance.Share?
    var meter = WireMeter()
    /// The answer's last header line has come.
    var isAnswered = false
    /// Why a callback stopped the transfer; says more than the code libcurl makes of it.
    var stop: CurlError?
    var refused: IPAddress?
    /// An address of the proxy is one where no proxy may be.
    var isProxyRefused = false
    /// Why the system gave no socket; 0 when it did.
    var denial: Int32 = 0
    /// What is sent when the look-up is over; nil when there is none or it is over.
    var lookUp: LookUp?
    /// Where a proxy is told to connect to: the server's address as it was checked here. nil leaves it to the name.
    var target: IPAddress?
    var targetLine: UnsafeMutablePointer<curl_slist>?
    /// The proxy itself reads the request, because it was asked for no tunnel.
    private var isReadByProxy = false

    init?(
        _ options: CurlOptions, _ certificates: CertificateBundle, _ authority: CertificateBundle?, _ sockets: Sockets
    ) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.options = options
        self.certificates = certificates
        self.authority = authority
        self.sockets = sockets
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        curl_slist_free_all(pins)
        curl_slist_free_all(targetLine)
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
        meter = WireMeter()
        lookUp = mustLookUp ? LookUp(transfer) : nil
        setUp(transfer)
    }

    func setUp(_ transfer: CurlTransfer) {
        isReadByProxy = options.proxy?.speaksHTTP == true && target == nil && transfer.url.scheme == "http"
        setCallbacks()
        setConnection()
        setWay()
        setTrust()
        setRequest(transfer)
    }

    /// Hands the result to who waits for it and makes the handle ready for the next transfer.
    func land(_ code: CURLcode) {
        guard code == CURLE_OK, stop == nil else { return finish(.failure(stop ?? failure(code))) }
        let answer = takeAnswer()
        // Inside of a tunnel it is the server's own.
        let isRefusal = answer.status == 407 && isReadByProxy
        finish(isRefusal ? .failure(.proxyRefused(circumstances.refusal)) : .success(answer))
    }

    /// Ends the transfer with `error`, whatever libcurl thinks of it.
    func abandon(_ error: CurlError) {
        finish(.failure(error))
    }

    private func finish(_ result: Result<CurlAnswer, CurlError>) {
        continuation?.resume(returning: result)
        continuation = nil
        clear()
        lookUp = nil
        target = nil
    }

    /// Forgets the transfer, so that nothing of it reaches the next.
    func clear() {
        // A reset keeps cookies, which would then reach the next watch, and loses the list of cookie files without
        // freeing it.
        ccurl_set_string(easy, CURLOPT_COOKIELIST, "ALL")
        ccurl_set_string(easy, CURLOPT_COOKIEFILE, nil)
        curl_easy_reset(easy)
        curl_slist_free_all(headerList)
        headerList = nil
        curl_slist_free_all(pins)
        pins = nil
        curl_slist_free_all(targetLine)
        targetLine = nil
        headers = []
        headerCount = 0
        body = []
        share = nil
        isAnswered = false
        stop = nil
        refused = nil
        isProxyRefused = false
        denial = 0
        errorText[0] = 0
    }

    /// There is a connection, with TLS where the address wants it.
    var isConnected: Bool {
        var after: curl_off_t = 0
        ccurl_get_large(easy, CURLINFO_PRETRANSFER_TIME_T, &after)
        return after > 0
    }

    private func failure(_ code: CURLcode) -> CurlError {
        // A proxy's part begins after the look-up, which nobody but us has failed at.
        if lookUp != nil, code == CURLE_COULDNT_RESOLVE_HOST { return .nameNotFoundHere }
        if isProxyRefused, code == CURLE_COULDNT_CONNECT {
            return .proxyFailed(
                "is at a private address, where proxies are allowed only with FETCH_PRIVATE_PROXIES=true")
        }
        return CurlError(code, circumstances)
    }

    /// What a transfer ends with whose answer has not begun in time.
    var lateness: CurlError { failure(CURLE_OPERATION_TIMEDOUT) }

    private var circumstances: CurlError.Circumstances {
        CurlError.Circumstances(
            text: String(cString: errorText), refused: refused, wasConnected: isConnected, wasAnswered: isAnswered,
            systemError: denial != 0 ? denial : Int32(truncatingIfNeeded: number(CURLINFO_OS_ERRNO)),
            proxy: lookUp == nil ? options.proxy : nil, isReadByProxy: isReadByProxy,
            proxyStatus: number(CURLINFO_HTTP_CONNECTCODE),
            proxyCode: number(CURLINFO_PROXY_ERROR), verification: number(CURLINFO_SSL_VERIFYRESULT))
    }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_get_long(easy, info, &value)
        return value
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
            status: status, headers: CurlHeaders(bytes: headers), body: body, cookies: cookies, httpMajor: major,
            share: share)
    }
}

internal import CCurl
internal import Glibc

/// The thread that drives all transfers of one client: it waits for sockets, commands and time, and tells libcurl of
/// them.
///
///     start ──► waiting ──► flying ──► landed        waiting in order of arrival while all places are taken
///                        └─ cancel ─┴─ cancel, late answer, close ──► abandoned
///
/// epoll rather than `curl_multi_poll`, because most transfers of a monitor are slow: a thousand idle sockets cost
/// nothing here. One number holds libcurl's next deadline in place of a timerfd: it changes with every transfer, and
/// each change would be a system call.
final class EventLoop {
    let options: CurlOptions
    let commands: LoopCommands
    /// The authorities of the options.
    let certificates: CertificateBundle
    /// The only authorities for servers, where the client is told to trust no others.
    let authority: CertificateBundle?
    // Safety: made in `init` and freed when the loop ends; after `start` only the loop's thread uses it.
    let multi: UnsafeMutableRawPointer
    let sockets: Sockets

    var flying: [UInt64: Flight] = [:]
    var idle: [Flight] = []
    var waiting: [UInt64: (CurlTransfer, CheckedContinuation<Result<CurlAnswer, CurlError>, Never>)] = [:]
    var waitingOrder: [UInt64] = []
    var waitingHead = 0
    /// When the headers of each transfer have to be there; in order, because all are given the same time.
    var answerDeadlines: [(ticket: UInt64, at: Int64)] = []
    var answerHead = 0
    /// When libcurl wants to be called, in nanoseconds of the monotonic clock; nil is never.
    private var curlDeadline: Int64?
    var isClosing = false
    /// Transfers wait because there are no descriptors for them.
    var isShort = false
    /// How soon is looked again whether there are, in nanoseconds.
    private static let shortage: Int64 = 100_000_000

    init(_ options: CurlOptions, _ commands: LoopCommands) throws(CurlError) {
        self.options = options
        self.commands = commands
        certificates = try CertificateBundle(options.certificateFile, extra: options.extraCertificateFile)
        authority = if case .only(let pem) = options.trust { try CertificateBundle(pem: pem) } else { nil }
        sockets = try Sockets(bell: commands.bell, firstReserved: options.firstReservedDescriptor)
        guard let multi = curl_multi_init() else { throw .failed("out of memory") }
        self.multi = multi
        setMulti()
    }

    deinit {
        for flight in flying.values { curl_multi_remove_handle(multi, flight.easy) }
        idle.removeAll()
        flying.removeAll()
        curl_multi_cleanup(multi)
    }

    /// Starts the thread, which ends after a `close` command and takes the loop with it.
    consuming func start() throws(CurlError) -> pthread_t {
        var thread = pthread_t()
        // Safety: the only other reference ends with this call, so the loop belongs to the new thread alone.
        let box = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { box in
                ccurl_settle_thread("curl")
                if let box { Unmanaged<EventLoop>.fromOpaque(box).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw .failed("no thread: \(String(cString: strerror(code)))")
        }
        return thread
    }

    private func run() {
        while !isClosing {
            sockets.wait(patience()) { event in
                if event.descriptor == commands.bell {
                    for command in commands.take() { perform(command) }
                } else {
                    act(event.descriptor, event.happened)
                }
            }
            if let deadline = curlDeadline, deadline <= Self.now() {
                curlDeadline = nil
                act(CURL_SOCKET_TIMEOUT, 0)
            }
            landFinished()
            abandonUnanswered()
            startWaiting()
        }
        end()
    }

    /// How long to wait for events at most, in milliseconds; -1 is without end.
    private func patience() -> Int32 {
        var deadline = curlDeadline
        if answerHead < answerDeadlines.count {
            deadline = min(deadline ?? .max, answerDeadlines[answerHead].at)
        }
        if isShort { deadline = min(deadline ?? .max, Self.now() + Self.shortage) }
        guard let deadline else { return -1 }
        let left = deadline - Self.now()
        return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
    }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// How libcurl reaches the loop and the loop libcurl.
extension EventLoop {
    private func setMulti() {
        // Safety: the callbacks run only inside calls on `multi`, which the loop makes and which it outlives.
        let me = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
        ccurl_multi_set_socket(multi) { easy, socket, wanted, loop, _ in
            guard let loop = EventLoop.at(loop) else { return 0 }
            // Also the sockets of look-ups, over which nothing comes that counts.
            if wanted & CURL_POLL_IN != 0 { Flight.of(easy)?.meter.reads(socket) }
            loop.sockets.want(socket, wanted & CURL_POLL_INOUT)
            return 0
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
        ccurl_multi_set_timer(multi) { _, milliseconds, loop in
            guard let loop = EventLoop.at(loop) else { return 0 }
            loop.curlDeadline = milliseconds < 0 ? nil : EventLoop.now() + Int64(milliseconds) * 1_000_000
            return 0
        }
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, options.idleConnections))
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> EventLoop? {
        pointer.map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Tells libcurl what has happened at a socket, or that its time has come.
    private func act(_ socket: curl_socket_t, _ happened: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, happened, &running)
    }
}

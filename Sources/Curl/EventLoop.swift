internal import CCurl
internal import Glibc

/// The thread that drives all transfers of one client: it waits for sockets, wishes and time, and tells libcurl of them.
///
///     wish: start ──► waiting ──► flying ──► landed        waiting in order of arrival while all places are taken
///                        └─ cancel ─┴─ cancel, late answer, close ──► abandoned
///
/// epoll rather than `curl_multi_poll`, because most transfers of a monitor are slow: a thousand idle sockets cost nothing here.
/// One number holds libcurl's next deadline in place of a timerfd: it is changed for every transfer, which would be a system call each time.
final class EventLoop {
    private let options: CurlOptions
    private let inbox: Inbox
    private let certificates: CertificateBundle
    private let multi: UnsafeMutableRawPointer
    private let sockets: Sockets

    private var flying: [UInt64: Flight] = [:]
    private var idle: [Flight] = []
    private var waiting: [UInt64: (CurlTransfer, CheckedContinuation<Result<CurlAnswer, CurlError>, Never>)] = [:]
    private var waitingOrder: [UInt64] = []
    private var waitingHead = 0
    /// When the headers of each transfer have to be there; in order, because all are given the same time.
    private var answerDeadlines: [(ticket: UInt64, at: Int64)] = []
    private var answerHead = 0
    /// When libcurl wants to be called, in nanoseconds of the monotonic clock; nil is never.
    private var curlDeadline: Int64?
    private var isClosing = false

    init(_ options: CurlOptions, _ inbox: Inbox) throws(CurlError) {
        self.options = options
        self.inbox = inbox
        certificates = try CertificateBundle(options.certificateFile, extra: options.extraCertificateFile)
        sockets = try Sockets(bell: inbox.bell)
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

    /// Starts the thread, which ends after a `close` wish and takes the loop with it.
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
                if event.descriptor == inbox.bell {
                    for wish in inbox.take() { fulfil(wish) }
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
        guard let deadline else { return -1 }
        let left = deadline - Self.now()
        return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

// MARK: Transfers

extension EventLoop {
    private func fulfil(_ wish: Inbox.Wish) {
        switch wish {
        case .start(let ticket, let transfer, let continuation):
            waiting[ticket] = (transfer, continuation)
            waitingOrder.append(ticket)
        case .cancel(let ticket):
            if let (_, continuation) = waiting.removeValue(forKey: ticket) {
                continuation.resume(returning: .failure(.cancelled))
            } else if let flight = flying[ticket] {
                abandon(flight, .cancelled)
            }
        case .close:
            isClosing = true
        }
    }

    private func startWaiting() {
        while waitingHead < waitingOrder.count, flying.count < max(1, options.concurrentTransfers) {
            let ticket = waitingOrder[waitingHead]
            waitingHead += 1
            // A cancelled one has left the table but not the order.
            guard let (transfer, continuation) = waiting.removeValue(forKey: ticket) else { continue }
            guard let flight = idle.popLast() ?? Flight(options, certificates, sockets) else {
                continuation.resume(returning: .failure(.failed("out of memory")))
                continue
            }
            flight.start(ticket, transfer, continuation)
            guard curl_multi_add_handle(multi, flight.easy) == CURLM_OK else {
                flight.abandon(.failed("libcurl does not take the transfer"))
                continue
            }
            flying[ticket] = flight
            answerDeadlines.append((ticket, Self.now() + Self.nanoseconds(options.answerTimeout)))
        }
        Self.trim(&waitingOrder, &waitingHead)
    }

    private func landFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let code = ccurl_message_result(message)
            var pointer: UnsafeMutableRawPointer?
            ccurl_get_private(message.pointee.easy_handle, &pointer)
            guard let pointer else { continue }
            // Safety: `Flight.setCallbacks` put it there, and `flying` keeps it until it has landed.
            let flight = Unmanaged<Flight>.fromOpaque(pointer).takeUnretainedValue()
            curl_multi_remove_handle(multi, flight.easy)
            flying[flight.ticket] = nil
            flight.land(code)
            recycle(flight)
        }
    }

    private func abandonUnanswered() {
        guard answerHead < answerDeadlines.count else { return }
        let now = Self.now()
        while answerHead < answerDeadlines.count {
            let (ticket, at) = answerDeadlines[answerHead]
            let flight = flying[ticket]
            let isOver = flight?.isAnswered ?? true
            guard isOver || at <= now else { break }
            answerHead += 1
            if let flight, !isOver { abandon(flight, flight.isConnected ? .answerTimedOut : .connectTimedOut) }
        }
        Self.trim(&answerDeadlines, &answerHead)
    }

    private func abandon(_ flight: Flight, _ error: CurlError) {
        curl_multi_remove_handle(multi, flight.easy)
        flying[flight.ticket] = nil
        flight.abandon(error)
        recycle(flight)
    }

    private func recycle(_ flight: Flight) {
        if idle.count < 64 { idle.append(flight) }
    }

    private func end() {
        for wish in inbox.take() { fulfil(wish) }
        for (_, continuation) in waiting.values { continuation.resume(returning: .failure(.cancelled)) }
        waiting.removeAll()
        for flight in Array(flying.values) { abandon(flight, .cancelled) }
    }

    /// Forgets what is before `head` once that is the larger part.
    private static func trim<Element>(_ queue: inout [Element], _ head: inout Int) {
        if head == queue.count {
            queue.removeAll(keepingCapacity: queue.capacity <= 4096)
            head = 0
        } else if head > 1024, head > queue.count / 2 {
            queue.removeFirst(head)
            head = 0
        }
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return min(max(seconds, 0), 1_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

// MARK: Sockets

extension EventLoop {
    private func setMulti() {
        // Safety: the callbacks run only inside calls on `multi`, which the loop makes and which it outlives.
        let me = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
        ccurl_multi_set_socket(multi) { _, socket, wanted, loop, _ in
            guard let loop = EventLoop.at(loop) else { return 0 }
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

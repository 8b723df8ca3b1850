internal import CCurl

/// The life of a transfer, from the command to the answer.
extension EventLoop {
    func perform(_ command: LoopCommands.Command) {
        switch command {
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

    func startWaiting() {
        isShort = false
        while waitingHead < waitingOrder.count, flying.count < max(1, options.concurrentTransfers) {
            // One is always tried, so that who waits in vain is told why.
            guard flying.isEmpty || sockets.hasRoom else {
                isShort = true
                break
            }
            let ticket = waitingOrder[waitingHead]
            waitingHead += 1
            // A cancelled one has left the table but not the order.
            guard let (transfer, continuation) = waiting.removeValue(forKey: ticket) else { continue }
            guard let flight = idle.popLast() ?? Flight(options, certificates, authority, sockets) else {
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

    func landFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let code = ccurl_message_result(message)
            guard let flight = Flight.of(message.pointee.easy_handle) else { continue }
            curl_multi_remove_handle(multi, flight.easy)
            if flight.goesOn(after: code), curl_multi_add_handle(multi, flight.easy) == CURLM_OK { continue }
            flying[flight.ticket] = nil
            flight.land(code)
            recycle(flight)
        }
    }

    func abandonUnanswered() {
        guard answerHead < answerDeadlines.count else { return }
        let now = Self.now()
        while answerHead < answerDeadlines.count {
            let (ticket, at) = answerDeadlines[answerHead]
            let flight = flying[ticket]
            let isOver = flight?.isAnswered ?? true
            guard isOver || at <= now else { break }
            answerHead += 1
            if let flight, !isOver { abandon(flight, flight.lateness) }
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

    func end() {
        for command in commands.take() { perform(command) }
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

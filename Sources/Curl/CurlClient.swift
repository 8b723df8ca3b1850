internal import CCurl
internal import Glibc
internal import Synchronization

/// An HTTP client over libcurl's multi interface: `async` transfers, all driven by one thread.
///
/// One client has one address policy and one pool of connections. Clients with different policies never share a
/// connection, because libcurl asks the policy only when it opens one.
public final class CurlClient: Sendable {
    private let commands: LoopCommands
    private let lastTicket = Atomic<UInt64>(0)
    /// nil once the thread is joined.
    private let thread: Mutex<pthread_t?>

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// Starts the thread; throws when the system denies what it needs or a certificate file cannot be read.
    public init(_ options: CurlOptions) throws(CurlError) {
        guard Self.isReady else { throw .failed("libcurl cannot be initialised") }
        commands = try LoopCommands()
        thread = Mutex(try EventLoop(options, commands).start())
    }

    deinit {
        close()
    }

    /// Sends a request and returns the whole answer; a redirect or an error status is an answer too.
    ///
    /// Ends at once with `cancelled` when the task is cancelled or the client closed.
    public nonisolated(nonsending) func perform(_ transfer: CurlTransfer) async throws(CurlError) -> CurlAnswer {
        if let problem = transfer.problem { throw .badRequest(problem) }
        let ticket = lastTicket.add(1, ordering: .relaxed).newValue
        let commands = commands
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled, commands.leave(.start(ticket, transfer, continuation)) else {
                    return continuation.resume(returning: .failure(.cancelled))
                }
                // A cancellation between the look and the leaving has told the loop of a ticket it did not know.
                if Task.isCancelled { _ = commands.leave(.cancel(ticket)) }
            }
        } onCancel: {
            _ = commands.leave(.cancel(ticket))
        }
        return try result.get()
    }

    /// Ends all transfers with `cancelled` and returns when the thread is gone. May be called more than once.
    public func close() {
        _ = commands.leave(.close)
        thread.withLock { thread in
            if let running = thread { pthread_join(running, nil) }
            thread = nil
        }
    }
}

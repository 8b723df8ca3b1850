internal import Curl
internal import Domain

extension CheckFailure {
    /// Says for people why a transfer to `host` failed; `patience` is how long it was given.
    init(_ error: CurlError, host: String, patience: Duration) {
        self =
            switch error {
            case .cancelled: CheckFailure(.cancelled)
            case .badAddress(let why): CheckFailure(.badURL, why)
            case .schemeRefused(let scheme): CheckFailure(.schemeRefused, scheme)
            case .badRequest(let why): CheckFailure(.badRequest, why)
            case .nameNotFound: CheckFailure(.dnsFailed, host)
            case .addressRefused(let address):
                CheckFailure(.privateAddress, host == address.description ? host : "\(host) (\(address))")
            case .connectionRefused: CheckFailure(.connectionRefused, host)
            case .unreachable: CheckFailure(.hostUnreachable, host)
            case .connectionLost(let text): CheckFailure(.connectionReset, text)
            case .connectTimedOut: CheckFailure(.connectTimeout, host)
            case .answerTimedOut: CheckFailure(.timeout, Self.seconds(patience))
            case .bodyTimedOut: CheckFailure(.tooSlow, Self.seconds(patience))
            case .tlsFailed(let text): CheckFailure(.tlsFailed, text)
            case .bodyTooLarge(let limit): CheckFailure(.tooLarge, String(limit))
            case .badAnswer(let text): CheckFailure(.badResponse, text)
            case .badContentEncoding(let text): CheckFailure(.badEncoding, text)
            case .failed(let text): CheckFailure(.internalError, text)
            }
    }

    /// Seconds with at most one decimal.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = attoseconds / 100_000_000_000_000_000
        return tenths == 0 ? String(seconds) : "\(seconds).\(tenths)"
    }
}

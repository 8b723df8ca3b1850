internal import Curl
internal import Domain

extension CheckFailure {
    /// Says for people why a transfer to `host` failed; `patience` is how long it was given.
    init(
        _ error: CurlError, host: String, patience: Duration, proxy: ProxyAddress? = nil, trust: ServerTrust = .system
    ) {
        let way = proxy?.origin ?? ""
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
            case .certificateRefused(let problem): CheckFailure(.tlsFailed, Self.sentence(problem, host, trust))
            case .proxyFailed(let what): CheckFailure(.proxyFailed, "\(way) \(what)")
            case .proxyRefused(let what): CheckFailure(.proxyRefused, "\(way) \(what)")
            case .nameNotFoundHere: CheckFailure(.nameUnknownHere, host)
            case .bodyTooLarge(let limit): CheckFailure(.tooLarge, String(limit))
            case .noRoom: CheckFailure(.noRoom)
            case .badAnswer(let text): CheckFailure(.badResponse, text)
            case .badContentEncoding(let text): CheckFailure(.badEncoding, text)
            case .failed(let text): CheckFailure(.internalError, text)
            }
    }

    /// What is wrong with a certificate, and what would help.
    private static func sentence(_ problem: CertificateProblem, _ host: String, _ trust: ServerTrust) -> String {
        switch problem {
        case .expired: "the certificate has expired; only the server's owner can renew it"
        case .notYetValid: "the certificate is not valid yet; the clock of the server or of this machine may be wrong"
        case .wrongName:
            "the certificate is not for \(host); use a host name that it lists"
        case .selfSigned, .unknownAuthority:
            if case .authority = trust {
                "the certificate is not signed by the authority that this watch trusts"
            } else if problem == .selfSigned {
                "the certificate is self-signed; accept any certificate for this watch or, better, "
                    + "add this one as its authority"
            } else {
                "the certificate's authority is unknown, or the server omits an intermediate certificate; "
                    + "add the authority's certificate to this watch"
            }
        }
    }

    /// Seconds with at most one decimal.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = attoseconds / 100_000_000_000_000_000
        return tenths == 0 ? String(seconds) : "\(seconds).\(tenths)"
    }
}

/// Why a server's certificate was not accepted.
public enum CertificateProblem: Hashable, Sendable {
    case expired
    case notYetValid
    /// It is signed by itself.
    case selfSigned
    /// Nobody who is trusted has signed it, or the server leaves out a certificate in between.
    case unknownAuthority
    /// It is for other names than the one that was asked for.
    case wrongName

    /// Reads OpenSSL's result (`X509_V_ERR_`, in its x509_vfy.h) or, for names, which libcurl compares itself, its
    /// text.
    init?(_ verification: Int, _ text: String) {
        switch verification {
        case 10: self = .expired
        case 9: self = .notYetValid
        case 18: self = .selfSigned
        case 2, 19, 20, 21: self = .unknownAuthority
        case _ where text.contains("subject name"): self = .wrongName
        default: return nil
        }
    }
}

public import Curl
public import Domain

/// The gate every address passes before anything is connected to: read once, by the parser that connects.
public enum FetchAddress {
    /// Reads `text`; throws when it is not an http or https address, or names a forbidden address literally.
    ///
    /// A name is not looked up here: what it leads to is asked about when the socket is opened.
    public static func read(_ text: String, _ policy: AddressPolicy) throws(CheckFailure) -> CurlURL {
        let url: CurlURL
        do throws(CurlError) {
            url = try CurlURL(text)
        } catch {
            throw CheckFailure(error, host: "", patience: .zero)
        }
        try check(url, policy)
        return url
    }

    /// What is wrong with an address a person typed, as a sentence; nil when it can be fetched.
    public static func problem(_ text: String, _ policy: AddressPolicy) -> String? {
        do throws(CheckFailure) {
            _ = try read(text, policy)
            return nil
        } catch {
            return error.message
        }
    }

    /// Host and port in lower case, as `host:port`, for limits per host; empty when the address cannot be read.
    public static func host(of url: String) -> String {
        (try? CurlURL(url)).map(\.serverAndPort) ?? ""
    }

    /// Refuses an address whose host is literally a forbidden one.
    static func check(_ url: CurlURL, _ policy: AddressPolicy) throws(CheckFailure) {
        if let literal = IPAddress(url.host), !policy.allows(literal) {
            throw CheckFailure(.privateAddress, literal.description)
        }
    }
}

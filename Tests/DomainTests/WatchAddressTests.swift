import Domain
import Testing

@Suite("Addresses as people type them")
struct WatchAddressTests {
    @Test(
        "a host's name without a scheme is meant as https",
        arguments: [
            ("example.org", "https://example.org"), (" example.org/news?a=1 ", "https://example.org/news?a=1"),
            ("Example.ORG:8443/x", "https://Example.ORG:8443/x"), ("localhost:8080/a", "https://localhost:8080/a"),
            ("source:example.org/#part", "source:https://example.org/#part"), ("192.0.2.7/x", "https://192.0.2.7/x"),
            ("sub-domain.example.org", "https://sub-domain.example.org"),
        ])
    func withoutScheme(_ typed: String, _ meant: String) {
        #expect(WatchAddress.meant(by: typed) == meant)
    }

    @Test(
        "whatever else is typed stays for the rules to judge",
        arguments: [
            "", "news", "http://example.org/", "ftp://example.org", "mailto:a@example.org", "javascript:alert(1)",
            "/example.org", "{{ x }}.example.org", "example.org.evil%00", "-a.example", "a..b", "user@example.org",
            "example.org:port/",
        ])
    func otherwise(_ typed: String) {
        #expect(WatchAddress.meant(by: typed) == typed)
    }
}

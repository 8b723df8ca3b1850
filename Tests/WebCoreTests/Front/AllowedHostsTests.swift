import Testing

@testable import WebCore

@Suite("Whom a request is for")
struct AllowedHostsTests {
    @Test(
        "a host is a name or an address, and perhaps a port",
        arguments: [
            ("example.org", "example.org"), ("EXAMPLE.org:80", "example.org"), ("example.org.", "example.org"),
            ("example.org:", "example.org"), ("127.0.0.1:5000", "127.0.0.1"), ("[::1]:5000", "[::1]"),
            ("[2001:DB8::1]", "[2001:db8::1]"), ("a_b", "a_b"), ("a,b", "a,b"), ("%41", "%41"),
        ])
    func good(text: String, name: String) {
        #expect(RequestHost(text)?.name == name)
    }

    @Test(
        "anything else is none",
        arguments: [
            "", ":80", ".", "a b", "a b/c@d", "a/c", "user@example.org", "http://example.org", "a:b", "a:80:80",
            "a:99999", "::1", "[::1", "[::1]x", "[127.0.0.1]", "[]", "[fe80::1%25eth0]", "a\u{1}b", "é.example", "%4",
            "%zz", "a\\b", "a#b", "a?b", "<b>", "\"", String(repeating: "a", count: 300),
        ])
    func bad(text: String) {
        #expect(RequestHost(text) == nil)
    }

    @Test(
        "addresses and localhost are answered without being listed, names are not",
        arguments: [
            ("127.0.0.1", true), ("192.168.1.5:5000", true), ("[::1]", true), ("localhost:5000", true),
            ("LOCALHOST.", true), ("watch.localhost", true), ("evil.example", false), ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false), ("0x7f000001", false), ("127.1", false), ("2130706433", false),
            ("notlocalhost", false),
        ])
    func always(text: String, isAllowed: Bool) throws {
        #expect(AllowedHosts().allows(try #require(RequestHost(text))) == isAllowed)
    }

    @Test(
        "a list allows names, all names below one, or every name",
        arguments: [
            ("watch.example.org", "watch.example.org", true), ("watch.example.org", "WATCH.example.org.:8443", true),
            ("watch.example.org", "x.watch.example.org", false), ("watch.example.org", "example.org", false),
            (".example.org", "a.b.example.org", true), (".example.org", "example.org", true),
            ("*.example.org", "a.example.org", true), (".example.org", "badexample.org", false),
            ("a.example, b.example:80 ,,", "b.example", true), ("*", "evil.example", true), ("", "a.example", false),
        ])
    func lists(list: String, host: String, isAllowed: Bool) throws {
        let hosts = try #require(AllowedHosts(list: list))
        #expect(hosts.allows(try #require(RequestHost(host))) == isAllowed)
    }

    @Test(
        "what cannot be a host name is no list",
        arguments: [
            "https://example.org", "example.org/path", "a b", "**", "a*", "*.", ".", "a..b", "é.example", "a,b@c",
            ".127.0.0.1", "[::1", String(repeating: "a", count: 64) + ".example",
        ])
    func badLists(list: String) {
        // Blanks around names are left out, so "a b" is "ab".
        #expect(list == "a b" ? AllowedHosts(list: list) != nil : AllowedHosts(list: list) == nil)
    }

    @Test(
        "the machine's own name is answered, alone and in .local, and no other",
        arguments: [
            ("raspberrypi", "raspberrypi", true), ("raspberrypi", "raspberrypi.local", true),
            ("box.example.org", "box.example.org", true), ("box.example.org", "box", true),
            ("box.example.org", "box.local", true), ("box", "other.local", false), ("box", "box.example.org", false),
            ("", "local", false), ("", "x", false),
        ])
    func machine(hostName: String, host: String, isAllowed: Bool) throws {
        #expect(AllowedHosts.machine(hostName).allows(try #require(RequestHost(host))) == isAllowed)
    }
}

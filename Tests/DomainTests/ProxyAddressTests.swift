import Domain
import Foundation
import Testing

@Suite("Addresses of proxies")
struct ProxyAddressTests {
    @Test(
        "an address is read into its parts and written in one way",
        arguments: [
            ("http://host:3128", "http://host:3128"), (" HTTP://Proxy.Example:3128/ ", "http://proxy.example:3128"),
            ("http://host", "http://host:80"), ("https://host", "https://host:443"), ("socks5://h", "socks5://h:1080"),
            ("socks5h://[::1]:9050", "socks5h://[::1]:9050"),
            ("socks5h://[2001:DB8::1]", "socks5h://[2001:db8::1]:1080"),
            ("http://ann:secret@host:1", "http://ann:secret@host:1"), ("http://ann@host:1", "http://ann@host:1"),
            ("http://ann:@host:1", "http://ann:@host:1"), ("http://@host:1", "http://host:1"),
            ("http://a%40b:c%3Ad%2F%25%C3%A9@host:1", "http://a%40b:c%3Ad%2F%25%C3%A9@host:1"),
            ("http://ann:a:b@c@host:1", "http://ann:a%3Ab%40c@host:1"),
            ("socks5://a%3Ab:c@h:1", "socks5://a%3Ab:c@h:1"),
        ])
    func read(_ text: String, _ whole: String) throws {
        let address = try ProxyAddress(text)
        #expect(address.unredacted == whole)
        #expect(try ProxyAddress(whole) == address)
        #expect(try JSONDecoder().decode([ProxyAddress].self, from: JSONEncoder().encode([address])) == [address])
    }

    @Test("name and password come out as they are sent")
    func credentials() throws {
        let address = try ProxyAddress("socks5://a%40b:c%3Ad%2F%25%C3%A9@host:1")
        #expect(address.user == "a@b")
        #expect(address.password == "c:d/%é")
        #expect(try ProxyAddress("http://ann@host:1").password == nil)
        #expect(try ProxyAddress("http://ann:@host:1").password == "")
    }

    @Test(
        "what is no proxy's address is refused, with words that never repeat it",
        arguments: [
            ("", "starts with http://"), ("host:3128", "starts with http://"),
            ("ftp://secret:1", "starts with http://"),
            ("socks4://secret:1", "starts with http://"), ("http:/secret:1", "starts with http://"),
            ("http://", "needs a host and a port"), ("http://:3128", "needs a host and a port"),
            ("http://secret:", "needs a host and a port"), ("http://secret:0", "needs a host and a port"),
            ("http://secret:65536", "needs a host and a port"), ("http://secret:-1", "needs a host and a port"),
            ("http://secret:80a", "needs a host and a port"), ("http://se*cret:80", "needs a host and a port"),
            ("http://[secret]:80", "needs a host and a port"), ("http://[::1:80", "needs a host and a port"),
            ("http://[::1]x:80", "needs a host and a port"), ("http://[fe80::1%25eth0]:80", "needs a host and a port"),
            ("http://.secret:80", "needs a host and a port"), ("http://a..secret:80", "needs a host and a port"),
            ("http://secret:80/path", "ends with its port"), ("http://secret:80?q", "ends with its port"),
            ("http://a:sec/ret@host:80", "ends with its port"), ("http://a:sec#ret@host:80", "ends with its port"),
            ("http://a:secret%@host:80", "write a % in them as %25"), ("http://:secret@host:80", "not empty"),
            ("http://a:secret%0D%0AX@host:80", "no control characters"),
            ("http://a:secret%FF@host:80", "as %25"),
            ("http://a%3Ab:secret@host:80", "must not contain a colon"), ("http://secret secret:80", "without spaces"),
            ("http://ann:sécret@host:80", "ASCII only"), ("http://secret\u{0}:80", "ASCII only"),
            ("http://a:\(String(repeating: "s", count: 256))@host:80", "at most 255 characters"),
            ("http://\(String(repeating: "s", count: 2100))", "at most 2048 characters"),
        ])
    func refused(_ text: String, _ words: String) {
        let error = #expect(throws: FieldError.self) { try ProxyAddress(text, field: "proxy_url") }
        #expect(error?.field == "proxy_url")
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
    }

    @Test("neither description nor reflection shows the password")
    func redacted() throws {
        let address = try ProxyAddress("http://ann:secret@host:3128")
        #expect("\(address)" == "http://ann:***@host:3128")
        #expect(address.origin == "http://host:3128")
        var dumped = ""
        dump([address], to: &dumped)
        let request = FetchRequest(url: "http://page/", proxy: address)
        for text in [dumped, String(reflecting: address), "\(request)", String(reflecting: request)] {
            #expect(!text.contains("secret"))
        }
    }
}

@Suite("Named proxies")
struct NamedProxyTests {
    @Test("a name is one line, trimmed, bounded, and not the word for none")
    func names() throws {
        let address = try ProxyAddress("http://host:3128")
        #expect(try NamedProxy(name: " At home ", address: address).name == "At home")
        for name in ["", "  ", "no-proxy", "a\nb", "a\r\nb", "a\u{7F}", String(repeating: "n", count: 101)] {
            #expect(throws: FieldError.self) { try NamedProxy(name: name, address: address) }
        }
    }

    @Test("it is coded as a name and a URL, and a bad one does not come in that way")
    func coded() throws {
        let proxy = try NamedProxy(name: "home", address: ProxyAddress("http://a:b@host:1"))
        let coder = JSONEncoder()
        coder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try coder.encode(proxy), as: UTF8.self)
        #expect(text == #"{"name":"home","url":"http://a:b@host:1"}"#)
        #expect(try JSONDecoder().decode(NamedProxy.self, from: Data(text.utf8)) == proxy)
        let bad = Data(#"{"name":"","url":"http://host:1"}"#.utf8)
        #expect(throws: FieldError.self) { try JSONDecoder().decode(NamedProxy.self, from: bad) }
    }

    @Test("a choice is a name, the word for none, or nothing; a name is found also by changedetection.io's key")
    func choices() throws {
        #expect(ProxyChoice("") == nil)
        #expect(ProxyChoice("no-proxy") == .direct)
        #expect(ProxyChoice("home") == .named("home"))
        for choice in [ProxyChoice.direct, .named("home")] {
            #expect(try JSONDecoder().decode([ProxyChoice].self, from: JSONEncoder().encode([choice])) == [choice])
            #expect(ProxyChoice(choice.text) == choice)
        }
        let list = try ["one", "two"].map { try NamedProxy(name: $0, address: ProxyAddress("http://\($0):1")) }
        #expect(list.named("two") == list[1])
        #expect(list.named("ui-1two") == list[1])
        #expect(list.named("ui-0two") == nil)
        #expect(list.named("three") == nil)
    }
}

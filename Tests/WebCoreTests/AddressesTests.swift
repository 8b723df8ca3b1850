import Testing

@testable import WebCore

@Suite("Addresses as they are shown")
struct AddressesTests {
    @Test(
        "addresses are shown without what everyone knows",
        arguments: [
            ("https://example.org/", "example.org"), ("http://example.org/a/", "example.org/a/"),
            ("source:https://x/", "source:https://x/"), ("https://me:secret@example.org/a@b", "example.org/a@b"),
        ])
    func addresses(url: String, short: String) {
        #expect(Addresses.short(url) == short)
    }

    @Test(
        "names and passwords in an address are not shown",
        arguments: [
            ("https://me:secret@example.org/a?b=c@d", "https://example.org/a?b=c@d"), ("http://me@h:1/", "http://h:1/"),
            ("source:https://a:b@c:d@example.org", "source:https://example.org"),
            ("https://example.org/me@home", "https://example.org/me@home"),
            ("https://h?x=me@home", "https://h?x=me@home"),
        ])
    func open(url: String, shown: String) {
        #expect(Addresses.open(url) == shown)
        #expect(Addresses.label(url, url: url) == shown)
        #expect(Addresses.label("me@home", url: url) == "me@home")
    }

    @Test(
        "only http and https addresses become links",
        arguments: [
            ("https://a/", "https://a/"), ("HTTP://a/", "HTTP://a/"), ("source:https://a/", "https://a/"),
            ("javascript:alert(1)", nil),
            (" https://a/", nil), ("data:text/html,x", nil), ("source:javascript:alert(1)", nil),
            ("file:///etc/passwd", nil), ("", nil),
        ])
    func links(address: String, expected: String?) {
        #expect(Addresses.link(address) == expected)
    }

    @Test(
        "places in an address are filled in for a link; what cannot be is none",
        arguments: [
            ("https://a/{{ 'x' | upper }}", "https://a/X"), ("source:https://a/{{ 1 }}", "https://a/1"),
            ("https://a/{{ 'a-b' | regex_replace('-', '+') }}", "https://a/a+b"), ("https://a/{{ nonsense( }}", nil),
            ("{{ 'javascript' }}:alert(1)", nil), ("{{ 'https' }}://a/", "https://a/"),
        ])
    func filledLinks(address: String, expected: String?) {
        #expect(Addresses.link(address) == expected)
    }

    @Test(
        "what is opened instead goes before the address where it can be opened",
        arguments: [
            (nil, "https://feed/"), ("https://page/{{ 2 }}", "https://page/2"),
            ("javascript:alert(1)", "https://feed/"),
            ("", "https://feed/"), ("https://me:pw@page/", "https://page/"),
        ])
    func opened(instead: String?, expected: String) {
        #expect(Addresses.link("https://feed/", instead: instead) == expected)
    }

    @Test(
        "names and passwords in an address are shown nowhere",
        arguments: [
            ("https://me:secret@a/", "https://a/"), ("source:https://me:secret@a/x@y", "source:https://a/x@y"),
            ("https://me:{{ 'sec/ret' }}@a/", "https://a/"),
            (
                "https://me:{% now 'utc', '%Y/%m' %}secret@a/b", "https://a/b"
            ),
            ("https://a/?mail=me@b", "https://a/?mail=me@b"), ("https://{{ 'a' }}/me@b", "https://{{ 'a' }}/me@b"),
            ("https://me:sec{{ret@a/", "https://a/"),
        ])
    func credentials(address: String, expected: String) {
        #expect(Addresses.open(address) == expected)
        #expect(Addresses.label(address, url: address) == expected)
        #expect(!Addresses.short(address).contains("secret"))
    }
}

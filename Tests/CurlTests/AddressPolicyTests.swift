import Testing

@testable import Curl

@Suite("Address policy")
struct AddressPolicyTests {
    @Test(
        "an address that is not reachable from everywhere is refused, and its neighbours are not",
        arguments: [
            ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true),
            ("9.255.255.255", true), ("10.0.0.0", false), ("10.255.255.255", false), ("11.0.0.0", true),
            ("100.63.255.255", true), ("100.64.0.0", false), ("100.127.255.255", false), ("100.128.0.0", true),
            ("126.255.255.255", true), ("127.0.0.1", false), ("127.255.255.255", false), ("128.0.0.0", true),
            ("168.63.129.16", false), ("168.63.129.17", true),
            ("169.253.255.255", true), ("169.254.169.254", false), ("169.255.0.0", true),
            ("172.15.255.255", true), ("172.16.0.0", false), ("172.31.255.255", false), ("172.32.0.0", true),
            ("192.0.0.0", false), ("192.0.0.255", false), ("192.0.1.0", true), ("192.0.2.1", false),
            ("192.0.3.0", true),
            ("192.88.98.255", true), ("192.88.99.1", false), ("192.88.100.0", true),
            ("192.167.255.255", true), ("192.168.0.0", false), ("192.169.0.0", true),
            ("198.17.255.255", true), ("198.18.0.0", false), ("198.19.255.255", false), ("198.20.0.0", true),
            ("198.51.100.7", false), ("203.0.113.7", false), ("203.0.114.0", true),
            ("223.255.255.255", true), ("224.0.0.1", false), ("239.255.255.255", false), ("240.0.0.1", false),
            ("255.255.255.255", false), ("8.8.8.8", true),
            ("::", false), ("::1", false), ("::7f00:1", false), ("::808:808", false),
            ("::ffff:127.0.0.1", false), ("::ffff:10.1.2.3", false), ("::ffff:8.8.8.8", true),
            ("64:ff9b::a00:1", false), ("64:ff9b::808:808", true), ("64:ff9b:1::808:808", false),
            ("100::1", false), ("2001::1", false), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", false),
            ("2001:2::1", false),
            ("2001:10::1", false), ("2001:1ff:ffff::1", false), ("2001:200::1", true), ("2001:4860:4860::8888", true),
            ("2001:db8::1", false), ("2001:db9::1", true),
            ("2002:7f00:1::1", false), ("2002:808:808::1", false), ("2003::1", true),
            ("2606:4700::1111", true), ("3fff::1", false), ("3fff:fff:ffff::1", false), ("3fff:1000::1", true),
            ("4000::1", false), ("5f00::1", false), ("fc00::1", false), ("fdff::1", false), ("fe80::1", false),
            ("fec0::1", false), ("ff02::1", false),
        ])
    func table(_ text: String, _ isPublic: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressPolicy.publicOnly.allows(address) == isPublic, "\(text)")
        #expect(AddressPolicy.any.allows(address))
    }

    @Test(
        "what is not the usual text of an address is none",
        arguments: ["", "127.1", "0x7f.0.0.1", "2130706433", "::1%lo", "[::1]", "localhost"])
    func notAnAddress(_ text: String) {
        #expect(IPAddress(text) == nil)
    }
}

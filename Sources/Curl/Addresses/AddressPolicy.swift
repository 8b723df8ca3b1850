/// Decides which addresses a client may connect to; asked for every socket, after the name is resolved.
///
/// Asking about the socket's address, not the name, is what closes DNS rebinding: whatever a name meant a moment ago,
/// this is the address that is connected to.
public enum AddressPolicy: Hashable, Sendable {
    /// Every address of the Internet protocols.
    case any
    /// Only what is reachable from everywhere, by IANA's registries of special-purpose addresses.
    case publicOnly
    /// The same and these besides: a person's own server at home, say.
    case publicAnd(Set<IPAddress>)

    /// Says whether a socket to `address` may be opened.
    public func allows(_ address: IPAddress) -> Bool {
        switch self {
        case .any: true
        case .publicOnly: Self.isPublic(address)
        case .publicAnd(let others): Self.isPublic(address) || others.contains(address)
        }
    }

    private static func isPublic(_ address: IPAddress) -> Bool {
        if address.bytes.count == 4 {
            return !specialFour.contains { address.begins(with: $0.prefix, bits: $0.bits) }
        }
        // ::ffff:0:0/96 (mapped) and 64:ff9b::/96 (NAT64, RFC 6052) stand for the IPv4 address in their last four
        // bytes.
        if address.begins(with: mapped, bits: 96) || address.begins(with: nat64, bits: 96) {
            return isPublic(IPAddress(bytes: Array(address.bytes.suffix(4))))
        }
        // Only 2000::/3 is given out as global unicast; loopback, private, link-local and multicast all lie outside.
        guard address.begins(with: [0x20], bits: 3) else { return false }
        return !specialSix.contains { address.begins(with: $0.prefix, bits: $0.bits) }
    }

    fileprivate static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    private static let nat64: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]

    private static let specialFour: [(prefix: [UInt8], bits: Int)] = [
        ([0], 8),  // this network, RFC 791
        ([10], 8),  // private, RFC 1918
        ([100, 64], 10),  // carrier-grade NAT, RFC 6598
        ([127], 8),  // loopback, RFC 1122
        ([168, 63, 129, 16], 32),  // a public number that is always the host of an Azure machine
        ([169, 254], 16),  // link-local and cloud metadata, RFC 3927
        ([172, 16], 12),  // private, RFC 1918
        ([192, 0, 0], 24),  // protocol assignments, RFC 6890
        ([192, 0, 2], 24),  // documentation, RFC 5737
        ([192, 88, 99], 24),  // 6to4 relays, RFC 7526
        ([192, 168], 16),  // private, RFC 1918
        ([198, 18], 15),  // benchmarking, RFC 2544
        ([198, 51, 100], 24),  // documentation, RFC 5737
        ([203, 0, 113], 24),  // documentation, RFC 5737
        ([224], 4),  // multicast, RFC 5771
        ([240], 4),  // reserved and broadcast, RFC 1112
    ]

    private static let specialSix: [(prefix: [UInt8], bits: Int)] = [
        ([0x20, 0x01, 0x00], 23),  // protocol assignments with Teredo and benchmarking, RFC 2928
        ([0x20, 0x01, 0x0D, 0xB8], 32),  // documentation, RFC 3849
        ([0x20, 0x02], 16),  // 6to4, which can wrap any IPv4 address, RFC 7526
        ([0x3F, 0xFF, 0x00], 20),  // documentation, RFC 9637
    ]
}

extension IPAddress {
    /// The IPv4 address that this IPv6 address stands for (::ffff:0:0/96); nil for any other.
    var mappedFour: IPAddress? {
        guard bytes.count == 16, begins(with: AddressPolicy.mapped, bits: 96) else { return nil }
        return IPAddress(bytes: Array(bytes.suffix(4)))
    }
}

package import NIOCore

/// Whom sessions are counted for: an address of IPv4, or the first 64 bits of one of IPv6.
///
/// Less than 64 bits of an IPv6 address are given to nobody, so one client may have as many addresses as it likes
/// behind them (RFC 6177).
package struct RemoteNetwork: Hashable, Sendable {
    private let isVersion6: Bool
    private let bits: UInt64

    /// Nil for what is no network address: a Unix socket, or a peer that is gone.
    package init?(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            // sockaddr_in: family and port before the address (ip(7)).
            // Safety: the address is a plain C struct, whose bytes are copied.
            let bytes = withUnsafeBytes(of: address.address) { Array($0.dropFirst(4).prefix(4)) }
            (isVersion6, bits) = (false, Self.number(bytes[...]))
        case .v6(let address):
            // sockaddr_in6: family, port and flow before the address (ipv6(7)).
            let bytes = withUnsafeBytes(of: address.address) { Array($0.dropFirst(8).prefix(16)) }
            // An IPv4 client of a socket for both (RFC 4291, 2.5.5.2).
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            (isVersion6, bits) = isMapped ? (false, Self.number(bytes[12...])) : (true, Self.number(bytes[..<8]))
        case .unixDomainSocket, nil: return nil
        }
    }

    /// The machine itself (RFC 1122 3.2.1.3, RFC 4291 2.5.3); of IPv6 only the network is known here, whose others
    /// nobody has.
    package var isLoopback: Bool { isVersion6 ? bits == 0 : bits >> 24 == 127 }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

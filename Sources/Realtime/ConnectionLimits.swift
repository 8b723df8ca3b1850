/// How many live connections are taken at once, in all and from one address.
public struct ConnectionLimits: Sendable {
    public let sockets: Int
    public let socketsPerAddress: Int

    public init(sockets: Int, socketsPerAddress: Int) {
        self.sockets = sockets
        self.socketsPerAddress = socketsPerAddress
    }
}

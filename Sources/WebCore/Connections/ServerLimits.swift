/// How much those who come by HTTP may hold at once.
public struct ServerLimits: Sendable {
    /// Connections that carry HTTP; a WebSocket is none any more.
    public var connections = 4_096
    /// The same from one address, or one network of 64 bits in IPv6; nil for three quarters of all, so that one never
    /// takes all and a reverse proxy on another machine, through which everybody comes, has nearly as many. Those of
    /// the machine itself are not counted: a reverse proxy beside the program sends everybody through them.
    public var connectionsPerAddress: Int?
    /// A socket whose number is this or more is from the reserve of descriptors: the system gives the lowest that is
    /// free, so all below are taken.
    public var firstReservedDescriptor = Int.max
    /// From this number on a new connection is closed without a word.
    public var firstForbiddenDescriptor = Int.max
    /// How long the body of a request may take.
    public var bodyTimeout = Duration.seconds(60)
    /// The bytes of all requests together that are not answered yet.
    public var bodyBytes = 33_554_432
    /// How long a client may take nothing, or too little, of an answer.
    public var unreadTimeout = Duration.seconds(30)
    /// The bytes of all answers together that their clients have not taken yet.
    public var unreadBytes = 67_108_864
    /// Who sends or takes less, over some seconds, is given up.
    public var leastBytesPerSecond = 500

    public init() {}

    /// What one address may have in fact.
    var mostPerAddress: Int { connectionsPerAddress ?? max(1, connections * 3 / 4) }
}

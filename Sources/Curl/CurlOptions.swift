/// How a client behaves towards every server; one client has one set, and so one pool of connections per security
/// policy: its addresses, its proxy with credentials, whom it trusts.
public struct CurlOptions: Hashable, Sendable {
    /// Asked for every socket that is opened.
    public var addresses: AddressPolicy
    /// Sent when a transfer has no User-Agent header of its own.
    public var userAgent: String
    /// How many transfers run at once; more wait in order of arrival, without their time running.
    public var concurrentTransfers: Int
    /// How many connections are kept open for the next transfer.
    public var idleConnections: Int
    /// A socket whose number is this or more is not opened, and no transfer is begun while the lowest free number is
    /// near: the system gives the lowest first, so that what is beyond is left for others.
    public var firstReservedDescriptor: Int
    /// From the start to a connection, with name look-up and TLS.
    public var connectTimeout: Duration
    /// From the start to the end of the answer's headers.
    public var answerTimeout: Duration
    /// Gives up when fewer bytes a second than this come for `slowestFor`; 0 is off.
    public var slowestBytesPerSecond: Int
    /// In whole seconds.
    public var slowestFor: Duration
    /// The most bytes of headers in one answer.
    public var headerBytes: Int
    /// The most header lines in one answer.
    public var headerCount: Int
    /// Certificate authorities as PEM; nil takes libcurl's own bundle.
    public var certificateFile: String?
    /// More certificate authorities as PEM, besides the others.
    public var extraCertificateFile: String?
    /// Answers for names without asking DNS, each `name:port:address[,address]`; the policy is asked about them like
    /// about any other.
    public var pinnedNames: [String]
    /// The way to every server; nil goes straight there. The environment's proxies are never used.
    public var proxy: CurlProxy?
    /// Where a proxy may be; asked for every socket to one.
    public var proxyAddresses: AddressPolicy
    public var trust: CurlTrust
    /// Shared with all clients whose bodies count together.
    public var bodies: BodyAllowance

    public init(
        addresses: AddressPolicy, userAgent: String = "Mozilla/5.0 (compatible; Turnstone)",
        concurrentTransfers: Int = 256,
        idleConnections: Int = 512, firstReservedDescriptor: Int = .max, connectTimeout: Duration = .seconds(15),
        answerTimeout: Duration = .seconds(30),
        slowestBytesPerSecond: Int = 0, slowestFor: Duration = .seconds(30), headerBytes: Int = 262_144,
        headerCount: Int = 500, certificateFile: String? = nil, extraCertificateFile: String? = nil,
        pinnedNames: [String] = [], proxy: CurlProxy? = nil, proxyAddresses: AddressPolicy = .any,
        trust: CurlTrust = .system, bodies: BodyAllowance = .unlimited
    ) {
        self.addresses = addresses
        self.userAgent = userAgent
        self.concurrentTransfers = concurrentTransfers
        self.idleConnections = idleConnections
        self.firstReservedDescriptor = firstReservedDescriptor
        self.connectTimeout = connectTimeout
        self.answerTimeout = answerTimeout
        self.slowestBytesPerSecond = slowestBytesPerSecond
        self.slowestFor = slowestFor
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.certificateFile = certificateFile
        self.extraCertificateFile = extraCertificateFile
        self.pinnedNames = pinnedNames
        self.proxy = proxy
        self.proxyAddresses = proxyAddresses
        self.trust = trust
        self.bodies = bodies
    }
}

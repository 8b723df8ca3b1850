import Configuration
import Detection
import Domain
import Foundation
import Glibc
import WebCore

/// What the machine's owner decides, read from the environment once, here and nowhere else.
///
/// What people decide (intervals, filters, which watches) is in the database instead.
struct Configuration: Sendable {
    let host: String
    let port: Int
    /// Where people reach it, for links and for the prefix behind a reverse proxy; nil when it is not said.
    let baseURL: URL?
    /// The names of the server that are answered besides that of `baseURL`, addresses and localhost.
    let allowedHosts: AllowedHosts
    let databasePath: String
    let demoDatabasePath: String
    let templates: TemplatesPlace
    let loggerLevel: String
    let apiKey: String?
    let fetchWorkers: Int
    let checksPerHost: Int
    let checksInFlight: Int
    let minimumRecheck: Duration
    let startSpread: Duration
    let fetchTimeout: Duration
    let connectTimeout: Duration
    let maximumBody: Int
    let maximumNodes: Int
    let maximumRedirects: Int
    let userAgent: String
    let allowsPrivateAddresses: Bool
    let allowsPrivateProxies: Bool
    let caFile: String?
    let historyChecks: Int
    let historyPictures: Int
    let historyEdits: Int
    let socketMode: String
    let maximumSockets: Int
    let maximumSocketsPerAddress: Int
    let maximumConnections: Int
    let maximumConnectionsPerAddress: Int?
    let bodyTimeout: Duration
    let maximumBodyBytes: Int
    let unreadTimeout: Duration
    let maximumUnreadBytes: Int
    let leastBytesPerSecond: Int
    /// How much memory the program may use, in bytes; nil leaves it to the machine or the container.
    let memoryBudget: Int?
    let stopTimeout: Duration
    /// Where systemd hears how the program is; nil when it did not start it.
    let systemdSocket: SystemdSocket?
    /// How long systemd waits for a sign of life; nil when it does not.
    let watchdog: Duration?
    /// What was read from where, secrets redacted, in the order of the documentation.
    let lines: [EnvironmentReader.Line]

    /// Reads every variable; throws `ConfigurationError` for the first that is not acceptable.
    init(from provider: EnvironmentVariablesProvider) throws {
        var reader = EnvironmentReader(provider)
        host = try reader.read(Self.hostVariable)
        port = try reader.read(Self.portVariable)
        baseURL = try reader.read(Self.baseURLVariable)
        allowedHosts = try reader.read(Self.allowedHostsVariable)
        databasePath = try reader.read(Self.databasePathVariable)
        demoDatabasePath = try reader.read(Self.demoDatabasePathVariable)
        templates = try Self.templates(&reader)
        loggerLevel = try reader.read(Self.loggerLevelVariable)
        let key = try reader.read(Self.apiKeyVariable)
        apiKey = key.isEmpty ? nil : key
        fetchWorkers = try reader.read(Self.fetchWorkersVariable)
        checksPerHost = try reader.read(Self.checksPerHostVariable)
        checksInFlight = try reader.read(Self.checksInFlightVariable)
        minimumRecheck = try reader.read(Self.minimumRecheckVariable)
        startSpread = try reader.read(Self.startSpreadVariable)
        fetchTimeout = try reader.read(Self.fetchTimeoutVariable)
        connectTimeout = try reader.read(Self.connectTimeoutVariable)
        maximumBody = try reader.read(Self.maximumBodyVariable)
        maximumNodes = try reader.read(Self.maximumNodesVariable)
        maximumRedirects = try reader.read(Self.maximumRedirectsVariable)
        userAgent = try reader.read(Self.userAgentVariable)
        allowsPrivateAddresses = try reader.read(Self.privateAddressesVariable)
        allowsPrivateProxies = try reader.read(Self.privateProxiesVariable)
        let authorities = try reader.read(Self.caFileVariable)
        caFile = authorities.isEmpty ? nil : authorities
        historyChecks = try reader.read(Self.historyChecksVariable)
        historyPictures = try reader.read(Self.historyPicturesVariable)
        historyEdits = try reader.read(Self.historyEditsVariable)
        socketMode = try reader.read(Self.socketModeVariable)
        maximumSockets = try reader.read(Self.maximumSocketsVariable)
        maximumSocketsPerAddress = try reader.read(Self.maximumSocketsPerAddressVariable)
        maximumConnections = try reader.read(Self.maximumConnectionsVariable)
        maximumConnectionsPerAddress = try reader.read(Self.maximumConnectionsPerAddressVariable)
        bodyTimeout = try reader.read(Self.bodyTimeoutVariable)
        maximumBodyBytes = try reader.read(Self.maximumBodyBytesVariable)
        unreadTimeout = try reader.read(Self.unreadTimeoutVariable)
        maximumUnreadBytes = try reader.read(Self.maximumUnreadBytesVariable)
        leastBytesPerSecond = try reader.read(Self.leastBytesPerSecondVariable)
        memoryBudget = try reader.read(Self.memoryBudgetVariable)
        stopTimeout = try reader.read(Self.stopTimeoutVariable)
        systemdSocket = try reader.read(Self.systemdSocketVariable)
        watchdog = try Self.watchdog(&reader)
        lines = reader.lines
    }

    /// Looks for the templates where nobody says where they are, so that what is printed is what is in force.
    private static func templates(_ reader: inout EnvironmentReader) throws -> TemplatesPlace {
        let said = try reader.read(Self.templatesPathVariable)
        guard said.isEmpty else { return TemplatesPlace(said: said) }
        let place = TemplatesPlace(
            program: TemplatesPlace.thisProgram, workingDirectory: FileManager.default.currentDirectoryPath)
        reader.show(place.found ?? "(not found in \(place.places.joined(separator: ", ")))")
        return place
    }

    /// What systemd asks of another process, whose environment this one has got, is not asked of this one.
    private static func watchdog(_ reader: inout EnvironmentReader) throws -> Duration? {
        let period = try reader.read(Self.watchdogVariable)
        let process = try reader.read(Self.watchdogProcessVariable)
        return period > 0 && [0, Int(getpid())].contains(process) ? .microseconds(period) : nil
    }

    /// Reads the environment of this process.
    init() throws {
        try self.init(from: EnvironmentVariablesProvider())
    }

    /// As the environment says, but with a database of its own and with leave to fetch from this machine.
    static func demonstration() throws -> Configuration {
        var environment = ProcessInfo.processInfo.environment
        let provider = EnvironmentVariablesProvider(environmentVariables: environment)
        environment["DATABASE_PATH"] = try Configuration(from: provider).demoDatabasePath
        environment["ALLOW_IANA_RESTRICTED_ADDRESSES"] = "true"
        return try Configuration(from: EnvironmentVariablesProvider(environmentVariables: environment))
    }
}

extension Configuration {
    private static let hostVariable = Variable<String>.text(
        "CHANGEDETECTION_HOST", aliases: ["LISTEN_HOST"], "0.0.0.0", accepts: "a host name or IP address",
        "The address to listen on; 127.0.0.1 accepts connections from this machine only.", where: { !$0.contains(" ") })

    private static let portVariable = Variable<Int>.number(
        "CHANGEDETECTION_PORT", aliases: ["PORT"], 5000, in: 0...65_535,
        "The TCP port to listen on; 0 picks a free port and logs it.")

    private static let baseURLVariable = Variable<URL?>(
        name: "BASE_URL", standard: "",
        accepts: "a URL that starts with http:// or https://, without user name and password",
        summary:
            "The public URL, for example https://example.org/watch; its path is the prefix behind a reverse proxy.",
        parse: { text in
            guard !text.isEmpty else { return .some(nil) }
            guard let url = URL(string: text), ["http", "https"].contains(url.scheme ?? ""), url.host != nil,
                url.query == nil, url.fragment == nil, url.user == nil, url.password == nil
            else { return nil }
            return .some(url)
        })

    private static let allowedHostsVariable = Variable<AllowedHosts>(
        name: "ALLOWED_HOSTS", standard: "",
        accepts: "host names separated by commas, for example watch.example.org,.example.net, or *",
        summary:
            "The host names that are answered besides IP addresses, localhost, this machine's name and that of BASE_URL; .example.net includes all below it, * allows every name.",
        parse: AllowedHosts.init(list:))

    private static let databasePathVariable = Variable<String>.text(
        "DATABASE_PATH", "data/turnstone.db", accepts: "the path of a file in a writable folder",
        "The database file; created with its folder if missing.")

    private static let demoDatabasePathVariable = Variable<String>.text(
        "DEMO_DATABASE_PATH", "data/demo.db",
        accepts: "the path of a file that does not exist or was created by a demo",
        "The database of `turnstone demo`, deleted and recreated at each start.")

    private static let templatesPathVariable = Variable<String>.text(
        "TEMPLATES_PATH", "", accepts: "the path of the templates folder",
        "The folder with page templates and assets; if not set, it is searched next to the program, then in ./templates."
    )

    private static let loggerLevelVariable = Variable<String>.choice(
        "LOGGER_LEVEL", "info", of: ["trace", "debug", "info", "notice", "warning", "error", "critical", "success"],
        "How much is logged; \"success\", a level of changedetection.io, means info.")

    private static let apiKeyVariable = Variable<String>.text(
        "API_KEY", "", accepts: "8 to 200 printable characters",
        "The key that API clients send as x-api-key; if not set, one is created at the first start (see: turnstone api-key).",
        isSecret: true, where: { $0.isEmpty || (8...200).contains($0.count) })

    private static let fetchWorkersVariable = Variable<Int>.number(
        "FETCH_WORKERS", 10, in: 1...1000,
        "How many pages are worked on at the same time; PUT /api/v1/workers {\"count\": 20} changes it until the next start."
    )

    private static let checksPerHostVariable = Variable<Int>.number(
        "FETCH_PER_HOST", 1, in: 1...100,
        "How many checks of the same host run at the same time; of a host that did not answer in time it is one.")

    private static let checksInFlightVariable = Variable<Int>.number(
        "FETCH_IN_FLIGHT", 200, in: 1...5000,
        "How many pages are waited for at the same time; it costs connections, not workers. Hosts that do not answer in time have at most a third of it."
    )

    private static let minimumRecheckVariable = Variable<Duration>.seconds(
        "MINIMUM_SECONDS_RECHECK_TIME", 3, in: 0...86_400,
        "The minimum time between two scheduled checks of a watch.")

    private static let startSpreadVariable = Variable<Duration>.seconds(
        "START_SPREAD_SECONDS", 60, in: 0...86_400,
        "How long after the start the checks that came due while it was stopped are spread over.")

    private static let fetchTimeoutVariable = Variable<Duration>.seconds(
        "FETCH_TIMEOUT_SECONDS", 45, in: 0.1...999, "The time limit for fetching a page, redirects included.")

    private static let connectTimeoutVariable = Variable<Duration>.seconds(
        "FETCH_CONNECT_TIMEOUT_SECONDS", 15, in: 0.1...999, "The time limit for opening a connection.")

    private static let maximumBodyVariable = Variable<Int>.number(
        "FETCH_MAX_BYTES", 10_000_000, in: 1_000...DetectionLimits().pageBytes,
        "The size limit of a page in bytes, after decompression.")

    private static let maximumNodesVariable = Variable<Int>.number(
        "PAGE_MAX_NODES", DetectionLimits().treeNodes, in: 10_000...10_000_000,
        "The limit of elements and texts, or JSON keys and values, or lines, of a page with filters or rules; a million take up to 150 MB, with xpath1: 300 MB."
    )

    private static let maximumRedirectsVariable = Variable<Int>.number(
        "FETCH_MAX_REDIRECTS", 10, in: 0...50, "The maximum number of redirects to follow.")

    private static let userAgentVariable = Variable<String>.text(
        "FETCH_USER_AGENT", "Mozilla/5.0 (compatible; Turnstone)", accepts: "text without line breaks",
        "The User-Agent header of requests.")

    private static let privateAddressesVariable = Variable<Bool>.flag(
        "ALLOW_IANA_RESTRICTED_ADDRESSES", false,
        "Allows fetching from private, loopback and other reserved IP addresses; leave it off where strangers can add watches."
    )

    private static let privateProxiesVariable = Variable<Bool>.flag(
        "FETCH_PRIVATE_PROXIES", false,
        "Allows proxies at private and loopback addresses, which ALLOW_IANA_RESTRICTED_ADDRESSES does too. Pages stay checked."
    )

    private static let caFileVariable = Variable<String>.text(
        "FETCH_CA_FILE", "", accepts: "the path of a readable PEM file",
        "Certificate authorities to trust in addition to the system's.",
        where: { path in
            path.isEmpty || (try? String(contentsOfFile: path, encoding: .utf8))?.contains("-----BEGIN") == true
        })

    private static let historyChecksVariable = Variable<Int>.number(
        "HISTORY_CHECKS", 100, in: 20...100_000, "How many checks are kept in the check history of each watch.")

    private static let historyPicturesVariable = Variable<Int>.number(
        "HISTORY_PICTURES", 20, in: 2...10_000,
        "How many of a watch's latest versions keep their image, each up to FETCH_MAX_BYTES; older versions keep its description."
    )

    private static let historyEditsVariable = Variable<Int>.number(
        "HISTORY_EDITS", 100_000, in: 100...10_000_000,
        "How many records of who changed which watch, tag or setting are kept.")

    private static let socketModeVariable = Variable<String>.choice(
        "SOCKETIO_MODE", "async", of: ["async", "threading", "gevent", "eventlet"],
        "Accepted for compatibility with changedetection.io; has no effect.")

    private static let maximumSocketsVariable = Variable<Int>.number(
        "SOCKETIO_MAX_CLIENTS", 10_000, in: 1...1_000_000, "The maximum number of live connections.")

    private static let maximumSocketsPerAddressVariable = Variable<Int>.number(
        "SOCKETIO_MAX_CLIENTS_PER_ADDRESS", 1_000, in: 1...1_000_000,
        "The maximum number of live connections from one IP address. Behind a reverse proxy, all have the proxy's: raise it and limit in the proxy."
    )

    private static let maximumConnectionsVariable = Variable<Int>.number(
        "HTTP_CONNECTIONS", 4_096, in: 16...1_000_000,
        "The maximum number of HTTP connections, at most what the limit of open files leaves. A WebSocket counts as a live connection instead."
    )

    private static let maximumConnectionsPerAddressVariable = Variable<Int?>(
        name: "HTTP_CONNECTIONS_PER_ADDRESS", standard: "", accepts: "a whole number from 1 to 1000000",
        summary:
            "The maximum number of HTTP connections from one IP address other than this machine's; if not set, three quarters of all, since behind a reverse proxy elsewhere all have the proxy's.",
        parse: { text in
            guard !text.isEmpty else { return .some(nil) }
            return Int(text).flatMap { (1...1_000_000).contains($0) ? .some($0) : nil }
        })

    private static let bodyTimeoutVariable = Variable<Duration>.seconds(
        "HTTP_BODY_TIMEOUT_SECONDS", 60, in: 1...3_600, "The time limit for receiving the body of a request.")

    private static let maximumBodyBytesVariable = Variable<Int>.number(
        "HTTP_BODY_BYTES_TOTAL", 33_554_432, in: 1_048_576...1_000_000_000_000,
        "How many bytes of requests without response are held in all; beyond it, requests get status 503.")

    private static let unreadTimeoutVariable = Variable<Duration>.seconds(
        "HTTP_UNREAD_TIMEOUT_SECONDS", 30, in: 5...3_600,
        "How long a client may not read its response before its connection is closed.")

    private static let maximumUnreadBytesVariable = Variable<Int>.number(
        "HTTP_UNREAD_BYTES_TOTAL", 67_108_864, in: 1_048_576...1_000_000_000_000,
        "How many bytes of responses that clients have not read are held in all; beyond it, connections that wait longest are closed."
    )

    private static let leastBytesPerSecondVariable = Variable<Int>.number(
        "HTTP_MIN_BYTES_PER_SECOND", 500, in: 0...1_000_000,
        "A client that sends its request or reads its response slower than this is disconnected.")

    private static let memoryBudgetVariable = Variable<Int?>(
        name: "MEMORY_BUDGET", standard: "",
        accepts: "a number of bytes from 64M, with K, M, G or T for units of 1024, for example 512M or 2G",
        summary:
            "How much memory may be used before checks of large pages are put off and requests get status 503; if not set, 75 % of the container's limit, at most half of the machine.",
        parse: { text in
            guard !text.isEmpty else { return .some(nil) }
            return ByteSize.parse(text).flatMap { $0 >= 67_108_864 ? .some($0) : nil }
        })

    private static let stopTimeoutVariable = Variable<Duration>.seconds(
        "STOP_TIMEOUT_SECONDS", 6, in: 0...60,
        "How long to wait for running checks when stopping; unfinished ones run again after the next start.")

    private static let systemdSocketVariable = Variable<SystemdSocket?>(
        name: "NOTIFY_SOCKET", standard: "", accepts: "the path of a socket, or @ and the name of an abstract socket",
        summary:
            "Set by systemd: the socket for readiness, status and stop messages.",
        parse: { text in text.isEmpty ? .some(nil) : SystemdSocket(text).map { .some($0) } })

    private static let watchdogVariable = Variable<Int>.number(
        "WATCHDOG_USEC", 0, in: 0...86_400_000_000,
        "Set by systemd: restarts the program after this many microseconds without a watchdog message.")

    private static let watchdogProcessVariable = Variable<Int>.number(
        "WATCHDOG_PID", 0, in: 0...Int(Int32.max),
        "Set by systemd: the process that sends watchdog messages; 0 means any.")
}

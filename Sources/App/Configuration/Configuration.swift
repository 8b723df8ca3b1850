import Configuration
import Detection
import Foundation
import Glibc

/// What the machine's owner decides, read from the environment once, here and nowhere else.
///
/// What people decide (intervals, filters, which watches) is in the database instead.
struct Configuration: Sendable {
    let host: String
    let port: Int
    /// Where people reach it, for links and for the prefix behind a reverse proxy; nil when it is not said.
    let baseURL: URL?
    let databasePath: String
    let demoDatabasePath: String
    let templates: TemplatesPlace
    let loggerLevel: String
    let apiKey: String?
    let fetchWorkers: Int
    let checksPerHost: Int
    let minimumRecheck: Duration
    let startSpread: Duration
    let fetchTimeout: Duration
    let connectTimeout: Duration
    let maximumBody: Int
    let maximumRedirects: Int
    let userAgent: String
    let allowsPrivateAddresses: Bool
    let caFile: String?
    let historyChecks: Int
    let historyPictures: Int
    let historyEdits: Int
    let socketMode: String
    let maximumSockets: Int
    let maximumSocketsPerAddress: Int
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
        databasePath = try reader.read(Self.databasePathVariable)
        demoDatabasePath = try reader.read(Self.demoDatabasePathVariable)
        templates = try Self.templates(&reader)
        loggerLevel = try reader.read(Self.loggerLevelVariable)
        let key = try reader.read(Self.apiKeyVariable)
        apiKey = key.isEmpty ? nil : key
        fetchWorkers = try reader.read(Self.fetchWorkersVariable)
        checksPerHost = try reader.read(Self.checksPerHostVariable)
        minimumRecheck = try reader.read(Self.minimumRecheckVariable)
        startSpread = try reader.read(Self.startSpreadVariable)
        fetchTimeout = try reader.read(Self.fetchTimeoutVariable)
        connectTimeout = try reader.read(Self.connectTimeoutVariable)
        maximumBody = try reader.read(Self.maximumBodyVariable)
        maximumRedirects = try reader.read(Self.maximumRedirectsVariable)
        userAgent = try reader.read(Self.userAgentVariable)
        allowsPrivateAddresses = try reader.read(Self.privateAddressesVariable)
        let authorities = try reader.read(Self.caFileVariable)
        caFile = authorities.isEmpty ? nil : authorities
        historyChecks = try reader.read(Self.historyChecksVariable)
        historyPictures = try reader.read(Self.historyPicturesVariable)
        historyEdits = try reader.read(Self.historyEditsVariable)
        socketMode = try reader.read(Self.socketModeVariable)
        maximumSockets = try reader.read(Self.maximumSocketsVariable)
        maximumSocketsPerAddress = try reader.read(Self.maximumSocketsPerAddressVariable)
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
        "CHANGEDETECTION_HOST", aliases: ["LISTEN_HOST"], "0.0.0.0", accepts: "a host name or an address to listen on",
        "The address to listen on; 127.0.0.1 keeps it to this machine.", where: { !$0.contains(" ") })

    private static let portVariable = Variable<Int>.number(
        "CHANGEDETECTION_PORT", aliases: ["PORT"], 5000, in: 0...65_535,
        "The TCP port to listen on; 0 takes any free one and says which.")

    private static let baseURLVariable = Variable<URL?>(
        name: "BASE_URL", standard: "",
        accepts: "an address that begins with http:// or https://, without a name and password",
        summary:
            "Where people reach it, for example https://example.org/watch; its path is the prefix behind a reverse proxy.",
        parse: { text in
            guard !text.isEmpty else { return .some(nil) }
            guard let url = URL(string: text), ["http", "https"].contains(url.scheme ?? ""), url.host != nil,
                url.query == nil, url.fragment == nil, url.user == nil, url.password == nil
            else { return nil }
            return .some(url)
        })

    private static let databasePathVariable = Variable<String>.text(
        "DATABASE_PATH", "data/turnstone.db", accepts: "the path of a file in a folder that can be written to",
        "The database file; made when it is not there, with its folder.")

    private static let demoDatabasePathVariable = Variable<String>.text(
        "DEMO_DATABASE_PATH", "data/demo.db",
        accepts: "the path of a file that is not there or that a demonstration made",
        "The database of `turnstone demo`, which deletes it and makes it anew at each start.")

    private static let templatesPathVariable = Variable<String>.text(
        "TEMPLATES_PATH", "", accepts: "the path of the folder with the pages' templates",
        "Where the templates and assets of the pages are; without it they are looked for beside the program, then in templates."
    )

    private static let loggerLevelVariable = Variable<String>.choice(
        "LOGGER_LEVEL", "info", of: ["trace", "debug", "info", "notice", "warning", "error", "critical", "success"],
        "How much is written to the log; the incumbent's \"success\" means info.")

    private static let apiKeyVariable = Variable<String>.text(
        "API_KEY", "", accepts: "8 to 200 printable characters",
        "The key that programs send as x-api-key; without it one is made at the first start (see: turnstone api-key).",
        isSecret: true, where: { $0.isEmpty || (8...200).contains($0.count) })

    private static let fetchWorkersVariable = Variable<Int>.number(
        "FETCH_WORKERS", 10, in: 1...1000,
        "How many checks run at once; PUT /api/v1/workers {\"count\": 20} changes it until the next start.")

    private static let checksPerHostVariable = Variable<Int>.number(
        "FETCH_PER_HOST", 2, in: 1...100, "How many checks of one host run at once.")

    private static let minimumRecheckVariable = Variable<Duration>.seconds(
        "MINIMUM_SECONDS_RECHECK_TIME", 3, in: 0...86_400,
        "The shortest time between two checks of one watch by the clock.")

    private static let startSpreadVariable = Variable<Duration>.seconds(
        "START_SPREAD_SECONDS", 60, in: 0...86_400,
        "Over how long the watches that fell due while it was stopped are spread at the start.")

    private static let fetchTimeoutVariable = Variable<Duration>.seconds(
        "FETCH_TIMEOUT_SECONDS", 45, in: 0.1...999, "How long a page may take altogether.")

    private static let connectTimeoutVariable = Variable<Duration>.seconds(
        "FETCH_CONNECT_TIMEOUT_SECONDS", 15, in: 0.1...999, "How long a connection may take to open.")

    private static let maximumBodyVariable = Variable<Int>.number(
        "FETCH_MAX_BYTES", 10_000_000, in: 1_000...DetectionLimits().pageBytes,
        "The largest page taken, in bytes after decompression.")

    private static let maximumRedirectsVariable = Variable<Int>.number(
        "FETCH_MAX_REDIRECTS", 10, in: 0...50, "How many redirects are followed.")

    private static let userAgentVariable = Variable<String>.text(
        "FETCH_USER_AGENT", "Mozilla/5.0 (compatible; Turnstone)", accepts: "text without line breaks",
        "What the fetcher calls itself to servers.")

    private static let privateAddressesVariable = Variable<Bool>.flag(
        "ALLOW_IANA_RESTRICTED_ADDRESSES", false,
        "Lets watches fetch from private, loopback and other special addresses; leave it off where strangers can add watches."
    )

    private static let caFileVariable = Variable<String>.text(
        "FETCH_CA_FILE", "", accepts: "the path of a PEM file that can be read",
        "More certificate authorities to trust, besides the system's.",
        where: { path in
            path.isEmpty || (try? String(contentsOfFile: path, encoding: .utf8))?.contains("-----BEGIN") == true
        })

    private static let historyChecksVariable = Variable<Int>.number(
        "HISTORY_CHECKS", 100, in: 20...100_000, "How many lines of check history are kept for each watch.")

    private static let historyPicturesVariable = Variable<Int>.number(
        "HISTORY_PICTURES", 20, in: 2...10_000,
        "Of how many of a watch's newest versions the picture is kept, each of up to FETCH_MAX_BYTES; older versions keep their description."
    )

    private static let historyEditsVariable = Variable<Int>.number(
        "HISTORY_EDITS", 100_000, in: 100...10_000_000,
        "How many records of who changed which watch, tag or setting are kept.")

    private static let socketModeVariable = Variable<String>.choice(
        "SOCKETIO_MODE", "async", of: ["async", "threading", "gevent", "eventlet"],
        "Accepted for the incumbent's set-ups and without effect: there is one mode, event loops.")

    private static let maximumSocketsVariable = Variable<Int>.number(
        "SOCKETIO_MAX_CLIENTS", 10_000, in: 1...1_000_000, "How many live connections are taken at once.")

    private static let maximumSocketsPerAddressVariable = Variable<Int>.number(
        "SOCKETIO_MAX_CLIENTS_PER_ADDRESS", 1_000, in: 1...1_000_000,
        "How many of them may come from one address. Behind a reverse proxy all have the proxy's: raise it there, and limit in the proxy."
    )

    private static let stopTimeoutVariable = Variable<Duration>.seconds(
        "STOP_TIMEOUT_SECONDS", 6, in: 0...60,
        "How long a stop waits for running checks before it returns them to be done later.")

    private static let systemdSocketVariable = Variable<SystemdSocket?>(
        name: "NOTIFY_SOCKET", standard: "", accepts: "the path of a socket, or @ and the name of an abstract one",
        summary:
            "Set by systemd, not by people: where it hears that the program is ready, how it is and when it stops.",
        parse: { text in text.isEmpty ? .some(nil) : SystemdSocket(text).map { .some($0) } })

    private static let watchdogVariable = Variable<Int>.number(
        "WATCHDOG_USEC", 0, in: 0...86_400_000_000,
        "Set by systemd, not by people: after how many microseconds without a sign of life it starts the program anew.")

    private static let watchdogProcessVariable = Variable<Int>.number(
        "WATCHDOG_PID", 0, in: 0...Int(Int32.max),
        "Set by systemd, not by people: which process is to give the signs of life; 0 is any.")
}

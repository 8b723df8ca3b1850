/// The names under which requests are answered, so that no page whose own name suddenly means this machine (DNS
/// rebinding) can read or change anything here.
///
/// Addresses and `localhost` always are: a name server cannot turn them into something else.
public struct AllowedHosts: Sendable, Equatable {
    private enum Entry: Sendable, Equatable {
        case any
        case exactly(String)
        /// The name itself and all below it.
        case within(String)
    }

    private var entries: [Entry]

    /// Only what is always answered, and `names`, which are taken as they are.
    public init(names: [String] = []) {
        entries = names.compactMap { RequestHost($0).map { .exactly($0.name) } }
    }

    /// Reads a list with commas: names, `.example.org` for a name and all below it, `*` for every name. Ports do not
    /// matter. nil when something in it is none of these.
    public init?(list: String) {
        entries = []
        for part in list.split(separator: ",") {
            let text = part.filter { $0 != " " && $0 != "\t" }
            guard !text.isEmpty else { continue }
            guard let entry = Self.entry(text) else { return nil }
            entries.append(entry)
        }
    }

    private static func entry(_ text: String) -> Entry? {
        if text == "*" { return .any }
        let isWithin = text.hasPrefix(".") || text.hasPrefix("*.")
        let name = isWithin ? String(text.drop { $0 == "*" }.dropFirst()) : text
        guard let host = RequestHost(name), host.isAddress || isHostName(host.name) else { return nil }
        return isWithin && !host.isAddress ? .within(host.name) : isWithin ? nil : .exactly(host.name)
    }

    /// Letters, digits, hyphens and underscores between dots: what names of machines are made of.
    private static func isHostName(_ name: String) -> Bool {
        name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    RequestHost.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
        }
    }

    /// These names and those of `other`.
    public func union(_ other: AllowedHosts) -> AllowedHosts {
        var both = self
        both.entries += other.entries
        return both
    }

    /// The names of a machine that calls itself `hostName`: that, its first part, and its first part in `.local`, which
    /// is asked for by multicast in its own network and never of a name server (RFC 6762 3).
    public static func machine(_ hostName: String) -> AllowedHosts {
        guard let first = hostName.split(separator: ".").first, isHostName(hostName.lowercased()) else {
            return AllowedHosts()
        }
        return AllowedHosts(names: [hostName, String(first), first + ".local"])
    }

    package func allows(_ host: RequestHost) -> Bool {
        if host.isAddress || host.name == "localhost" || host.name.hasSuffix(".localhost") { return true }
        return entries.contains { entry in
            switch entry {
            case .any: true
            case .exactly(let name): host.name == name
            case .within(let name): host.name == name || host.name.hasSuffix("." + name)
            }
        }
    }
}

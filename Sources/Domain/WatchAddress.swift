import Foundation

/// The rules of the address a person types for a watch.
public enum WatchAddress {
    private static let sourcePrefix = "source:"

    /// `source:` in front of an address asks for the page's source to be compared, not its text.
    public static func wantsSource(_ address: String) -> Bool {
        address.hasPrefix(sourcePrefix)
    }

    /// The address that is fetched: without `source:` and without what follows `#`, which servers never see.
    public static func fetched(_ address: String) -> String {
        let bare = wantsSource(address) ? address.dropFirst(sourcePrefix.count) : address[...]
        return String(bare.prefix { $0 != "#" })
    }
}

extension WatchAddress {
    /// What a person means who types an address as into a browser: `https://` in front of one that begins with a host's
    /// name.
    ///
    /// Anything else stays as it is, for the rules to judge.
    public static func meant(by typed: String) -> String {
        let typed = typed.trimmingCharacters(in: .whitespacesAndNewlines)
        let bare = wantsSource(typed) ? typed.dropFirst(sourcePrefix.count) : typed[...]
        let name =
            #/(?i)(?:localhost|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)(?::[0-9]{1,5})?(?=[\/?#]|$)/#
        guard bare.utf8.count <= 8192, bare.prefixMatch(of: name) != nil else { return typed }
        return (wantsSource(typed) ? sourcePrefix : "") + "https://" + bare
    }

    /// What a person's click should open: the address with its places filled in and without `source:`, and only http
    /// and https, since it becomes a link; empty for anything else, as for a template that cannot be filled in.
    public static func link(_ address: String, _ environment: Template.Environment) -> String {
        guard let filled = try? Template.fill(address, environment) else { return "" }
        let bare = wantsSource(filled) ? String(filled.dropFirst("source:".count)) : filled
        let lower = bare.lowercased()
        return lower.hasPrefix("http://") || lower.hasPrefix("https://") ? bare : ""
    }
}

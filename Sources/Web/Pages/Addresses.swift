import Domain

/// How a watch's address is shown and linked.
enum Addresses {
    /// The address without the name and password in it: whoever looks at a page need not learn them. The form that edits the watch and
    /// the API have the whole one.
    static func open(_ url: String) -> String {
        guard url.utf8.contains(UInt8(ascii: "@")), let scheme = url.firstRange(of: "://") else { return url }
        let authority = url[scheme.upperBound...].prefix { !"/?#\\".contains($0) }
        guard let end = authority.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + url[url.index(after: end)...])
    }

    /// What a watch is called where it has no title of its own or its page's: its address, open to all.
    static func label(_ label: String, url: String) -> String {
        label == url ? open(url) : label
    }

    /// The address without `https://`, for reading.
    static func short(_ url: String) -> String {
        let url = open(url)
        var rest = Substring(url)
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
        }
        if rest.hasSuffix("/"), rest.firstIndex(of: "/") == rest.index(before: rest.endIndex) { rest = rest.dropLast() }
        return String(rest)
    }

    /// Where a click on it leads; nil for whatever is not http or https, since an address is what somebody typed (`javascript:`).
    static func link(_ url: String) -> String? {
        let link = open(WatchAddress.link(url))
        return link.isEmpty ? nil : link
    }
}

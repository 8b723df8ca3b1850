import Domain

/// How a watch's address is shown and linked.
enum Addresses {
    /// The address without `https://`, for reading.
    static func short(_ url: String) -> String {
        var rest = Substring(url)
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
        }
        if rest.hasSuffix("/"), rest.firstIndex(of: "/") == rest.index(before: rest.endIndex) { rest = rest.dropLast() }
        return String(rest)
    }

    /// Where a click on it leads; nil for whatever is not http or https, since an address is what somebody typed (`javascript:`).
    static func link(_ url: String) -> String? {
        let link = WatchAddress.link(url)
        return link.isEmpty ? nil : link
    }
}

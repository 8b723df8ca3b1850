import NIOHTTP1

/// What a browser says of a request besides its `Origin`, which it leaves out where a page needs no permission: for
/// images, scripts, frames, links (W3C Fetch Metadata Request Headers).
enum FetchMetadata {
    /// What the clients of the protocol use, and a person who types the address.
    private static let destinations = ["empty", "websocket", "document"]
    /// From a page that came from here, or from the person.
    private static let sites = ["same-origin", "none"]

    /// Whether a request may have come from a page that may connect, or from no page at all.
    ///
    /// `isScript` says that what is asked for is a script. An `Origin`, where there is one, has been judged already.
    static func isAllowed(_ headers: HTTPHeaders, _ origins: OriginPolicy, isScript: Bool) -> Bool {
        if case .any = origins { return true }
        if let destination = headers.first(name: "sec-fetch-dest")?.lowercased() {
            guard destinations.contains(destination) || isScript && destination == "script" else { return false }
        }
        if headers.contains(name: "origin") { return true }
        if let site = headers.first(name: "sec-fetch-site")?.lowercased() { return sites.contains(site) }
        return comesFromAllowedPage(headers, origins)
    }

    /// Judges by `Referer`; a request without one comes from no page, or from one that hides it.
    static func comesFromAllowedPage(_ headers: HTTPHeaders, _ origins: OriginPolicy) -> Bool {
        guard let referer = headers.first(name: "referer") else { return true }
        guard let scheme = referer.firstRange(of: "://") else { return false }
        let host = referer[scheme.upperBound...].prefix { $0 != "/" }
        var asked = HTTPHeaders([("origin", String(referer[..<scheme.upperBound] + host))])
        asked.add(contentsOf: headers.filter { ["host", "x-forwarded-host"].contains($0.name.lowercased()) })
        return (try? origins.check(asked)) != nil
    }
}

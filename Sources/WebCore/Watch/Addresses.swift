import Detection
import Domain
import Foundation

/// How a watch's address is shown and linked.
package enum Addresses {
    /// The address without the name and password in it: whoever looks at a page need not learn them. The form that
    /// edits the watch and the API have the whole one.
    package static func open(_ url: String) -> String {
        guard url.utf8.contains(UInt8(ascii: "@")), let scheme = url.firstRange(of: "://") else { return url }
        let authority = authority(url[scheme.upperBound...])
        guard let end = authority.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + url[url.index(after: end)...])
    }

    /// What stands in front of the path; a slash inside of a place to fill in (`{{ "a/b" }}`) ends nothing.
    private static func authority(_ rest: Substring) -> Substring {
        var end = rest.startIndex
        while end < rest.endIndex, !"/?#\\".contains(rest[end]) {
            let close = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")].first { rest[end...].hasPrefix($0.0) }?.1
            if let close, let range = rest[end...].firstRange(of: close) {
                end = range.upperBound
            } else {
                end = rest.index(after: end)
            }
        }
        return rest[..<end]
    }

    /// What a watch is called where it has no title of its own or its page's: its address, open to all.
    package static func label(_ label: String, url: String) -> String {
        label == url ? open(url) : label
    }

    /// The address without `https://`, for reading.
    package static func short(_ url: String) -> String {
        let url = open(url)
        var rest = Substring(url)
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
        }
        if rest.hasSuffix("/"), rest.firstIndex(of: "/") == rest.index(before: rest.endIndex) { rest = rest.dropLast() }
        return String(rest)
    }

    /// The address that a browser would open, as the API tells it: filled in, and empty for whatever is not http or
    /// https, since an address is what somebody typed (`javascript:`).
    package static func whole(_ url: String) -> String {
        WatchAddress.link(url, Template.Environment(now: Date(), replaceRegex: TemplateRegex.replaceBriefly))
    }

    /// The same for what is to be opened instead of the address, when that is said and can be opened.
    package static func whole(_ url: String, instead: String?) -> String {
        let other = instead.map(whole) ?? ""
        return other.isEmpty ? whole(url) : other
    }

    /// Where a click leads, open to all; nil for nowhere.
    package static func link(_ url: String, instead: String? = nil) -> String? {
        let link = open(whole(url, instead: instead))
        return link.isEmpty ? nil : link
    }
}

public import Domain

/// What of the list a person asks to see; lives in the address, under changedetection.io's parameter names, so that it
/// can be shared.
public struct ListQuery: Hashable, Sendable {
    public enum Filter: String, Hashable, Sendable, CaseIterable {
        case all, unread, failing, paused

        /// The parameter that asks for it; nil for all.
        var parameter: String? {
            switch self {
            case .all: nil
            case .unread: "unread"
            case .failing: "with_errors"
            case .paused: "paused"
            }
        }

        var title: String {
            switch self {
            case .all: "All"
            case .unread: "Unread"
            case .failing: "Failing"
            case .paused: "Paused"
            }
        }
    }

    public enum Sort: String, Hashable, Sendable, CaseIterable {
        case changed = "last_changed"
        case checked = "last_checked"
        case label
        case created = "date_created"

        /// Names begin at A, times at the newest.
        var descendsAtFirst: Bool { self != .label }
    }

    /// A page far beyond any list; a larger number in the address counts as this one.
    static let lastPage = 1_000_000
    static let longestSearch = 500

    public var filter = Filter.all
    public var search = ""
    public var tag: TagID?
    public var sort = Sort.changed
    public var descending = true
    /// From 1.
    public var page = 1

    public init() {}

    /// Reads parameters; what is not understood counts as not there.
    public init(_ parameter: (String) -> String?) {
        filter = Filter.allCases.first { $0.parameter.flatMap(parameter) == "1" } ?? .all
        search = String((parameter("q") ?? "").prefix(Self.longestSearch))
        tag = parameter("tag").flatMap { TagID($0) }
        sort = parameter("sort").flatMap(Sort.init) ?? .changed
        descending = parameter("order").map { $0 != "asc" } ?? sort.descendsAtFirst
        page = max(1, min(Self.lastPage, parameter("page").flatMap { Int($0) } ?? 1))
    }

    /// Whether it leaves any watches out.
    var selects: Bool { filter != .all || !search.isEmpty || tag != nil }

    /// What a path of ours with such parameters asks for.
    init(path: String) {
        let parameters = FormBody(Array(path.drop { $0 != "?" }.dropFirst().utf8))
        self.init { parameters[$0] }
    }

    /// The same list with another filter, from its first page.
    func with(filter: Filter) -> ListQuery {
        var query = self
        query.filter = filter
        query.page = 1
        return query
    }

    func with(page: Int) -> ListQuery {
        var query = self
        query.page = page
        return query
    }

    /// Sorted by `sort`; when it is already, the other way round.
    func toggling(_ sort: Sort) -> ListQuery {
        var query = self
        query.descending = self.sort == sort ? !descending : sort.descendsAtFirst
        query.sort = sort
        query.page = 1
        return query
    }

    /// Names and values that differ from the plain list, in a fixed order.
    var parameters: [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        if let name = filter.parameter { all.append((name, "1")) }
        if !search.isEmpty { all.append(("q", search)) }
        if let tag { all.append(("tag", tag.description)) }
        if sort != .changed { all.append(("sort", sort.rawValue)) }
        if descending != sort.descendsAtFirst { all.append(("order", descending ? "desc" : "asc")) }
        if page != 1 { all.append(("page", String(page))) }
        return all
    }

    /// `?unread=1&page=2`, or nothing for the plain list.
    public var queryString: String {
        guard !parameters.isEmpty else { return "" }
        return "?" + parameters.map { "\($0.name)=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// Percent-encodes everything but RFC 3986's unreserved characters.
    static func encode(_ text: String) -> String {
        let hexadecimal = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

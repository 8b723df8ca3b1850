import NIOCore

/// How much later than its interval each page was looked at, from when it was asked for, over as many reports as there
/// are.
struct Gaps {
    /// Seconds.
    let interval: Double
    /// The newest look at each page; before its first the moment from which on it was expected.
    private var newest: [String: NIODeadline]

    /// `pages` are expected from `start` on.
    init(_ pages: some Sequence<String>, interval: Double, from start: NIODeadline) {
        self.interval = interval
        newest = Dictionary(pages.map { ($0, start) }, uniquingKeysWith: { first, _ in first })
    }

    /// By how many seconds each look since the last report was late, and how late those are that have not come by
    /// `end`; `times` are the looks since then, by page.
    mutating func report(_ times: [String: [NIODeadline]], until end: NIODeadline) -> [Double] {
        var late: [Double] = []
        for (page, looks) in times {
            for look in looks.sorted() {
                if let before = newest[page] { late.append(max(0, WorldBench.seconds(look - before) - interval)) }
                newest[page] = look
            }
        }
        let open = newest.values.map { WorldBench.seconds(end - $0) - interval }
        return late + open.filter { $0 > 0 }
    }
}

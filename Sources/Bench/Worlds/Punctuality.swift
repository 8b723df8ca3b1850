/// How punctually pages are checked at an interval, told from the moments at which their servers were asked for them.
///
/// It goes on from span to span and forgets what is over, so a run may be of any length: a page waits since its last
/// check, whenever that was, and however a run is cut into spans, the same checks are missed in it. Moments are seconds
/// on any clock that nobody sets.
struct Punctuality {
    /// What a span showed.
    struct Span {
        /// By how much each check of the span came later than the interval after the one before, in seconds; and by how
        /// much those are late, at its end, that have not come yet.
        var late: [Double] = []
        /// How many checks came, and how many were given up as missed.
        var checks = 0, missed = 0
    }

    private struct Page {
        /// Its last check; at first, when it began to be waited for.
        var last: Double
        /// How many missed checks since then have been counted.
        var counted = 0
    }

    /// Seconds from one check of a page to the next.
    let interval: Double
    /// A check that is later than this, in seconds, counts as missed.
    let grace: Double
    private var pages: [String: Page]

    /// Waits for pages, each from the moment beside it on.
    init(since pages: [String: Double], interval: Double, grace: Double) {
        self.interval = interval
        self.grace = grace
        self.pages = pages.mapValues { Page(last: $0) }
    }

    /// What is to be said of the span that ends at `end`, in which pages were asked for at these moments. Pages that
    /// are not waited for do not count.
    mutating func look(at checks: [String: [Double]], until end: Double) -> Span {
        var span = Span()
        for (name, page) in pages {
            var page = page
            for check in checks[name] ?? [] {
                span.checks += 1
                span.late.append(max(0, check - page.last - interval))
                span.missed += missed(in: check - page.last) - page.counted
                page = Page(last: check)
            }
            let wait = end - page.last
            if wait > interval { span.late.append(wait - interval) }
            span.missed += missed(in: wait) - page.counted
            page.counted = missed(in: wait)
            pages[name] = page
        }
        return span
    }

    /// How many times, while nothing came for so many seconds, a check was due and the grace for it passed.
    private func missed(in wait: Double) -> Int {
        max(0, Int(((wait - grace) / interval).rounded(.up)) - 1)
    }
}
